CREATE TABLE "passkey" (
    "id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "name" TEXT NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "last_used" TIMESTAMPTZ(0),

    CONSTRAINT "passkey_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "passkey_username_idx" ON "passkey"("username");

ALTER TABLE "passkey" ADD CONSTRAINT "passkey_username_fkey"
    FOREIGN KEY ("username") REFERENCES "account"("username") ON DELETE CASCADE ON UPDATE CASCADE;
