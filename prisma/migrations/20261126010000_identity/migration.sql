-- The provider's unchanging identifier of a user. Null: bound at the next sign-in.
ALTER TABLE "person" ADD COLUMN "issuer" TEXT, ADD COLUMN "subject" TEXT;

CREATE TYPE "identity_action" AS ENUM ('bind', 'release', 'rebind', 'confirm');

CREATE TABLE "identity_change" (
    "id" BIGSERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "action" "identity_action" NOT NULL,
    "provider" TEXT NOT NULL,
    "issuer" TEXT,
    "subject" TEXT,
    "old_issuer" TEXT,
    "old_subject" TEXT,
    "actor" TEXT NOT NULL,
    "address" INET,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "identity_change_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "identity_change_username_id_idx" ON "identity_change"("username", "id");

CREATE TABLE "identity_refusal" (
    "username" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "address" INET,
    "first" TIMESTAMPTZ(0) NOT NULL,
    "last" TIMESTAMPTZ(0) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "identity_refusal_pkey" PRIMARY KEY ("username", "provider", "issuer", "subject")
);

CREATE INDEX "identity_refusal_last_idx" ON "identity_refusal"("last");

-- An investigator whose user name nobody had yet gives no access to whoever takes it. Users who have signed in keep theirs.
ALTER TABLE "program_investigator" ADD COLUMN "awaiting" BOOLEAN NOT NULL DEFAULT false;
UPDATE "program_investigator" i SET "awaiting" = true
WHERE i."kind" = 'username'
  AND NOT EXISTS (SELECT 1 FROM "person" p WHERE p."username" = i."name")
  AND NOT EXISTS (SELECT 1 FROM "account" a WHERE a."username" = i."name");
