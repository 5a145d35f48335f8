-- A token that an administrator made keeps what it was given, whatever its owner's groups are.
ALTER TABLE "token" ADD COLUMN "granted" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "person" (
    "username" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "name" TEXT,
    "email" TEXT,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "uid" INTEGER,
    "gid" INTEGER,
    "groups" JSONB,
    "signed_in" TIMESTAMPTZ(0) NOT NULL,
    "disabled" TIMESTAMPTZ(0),

    CONSTRAINT "person_pkey" PRIMARY KEY ("username")
);

CREATE INDEX "person_email_idx" ON "person"("email");
