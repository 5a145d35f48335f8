-- CreateTable
CREATE TABLE "token_revocation" (
    "key" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "delegated" BOOLEAN NOT NULL,
    "expires" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "token_revocation_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "token_revocation_expires_idx" ON "token_revocation"("expires");

-- What was ended before there was this table.
INSERT INTO "token_revocation" ("key", "username", "delegated", "expires")
SELECT DISTINCT ON ("token") "token", "username", "parent" IS NOT NULL, "expires" FROM "token_change"
WHERE "action" = 'revoke' AND "token_type" NOT IN ('user', 'service') AND "expires" > now();
