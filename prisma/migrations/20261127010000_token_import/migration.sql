-- expand: Imported tokens have a parent and a service, and a mark that outlives them.
ALTER TABLE "token" ADD COLUMN "parent" TEXT, ADD COLUMN "service" TEXT;

CREATE INDEX "token_parent_idx" ON "token"("parent");

CREATE TABLE "token_import" (
    "key" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "edited" BOOLEAN NOT NULL DEFAULT false,
    "until" TIMESTAMPTZ(0),

    CONSTRAINT "token_import_pkey" PRIMARY KEY ("key")
);

CREATE INDEX "token_import_until_idx" ON "token_import"("until");
