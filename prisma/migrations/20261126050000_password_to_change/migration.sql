-- Accounts of before have passwords of their users' own, and a release of before writes rows without it.
ALTER TABLE "account" ADD COLUMN "must_change_password" BOOLEAN NOT NULL DEFAULT false;
