-- A release from before neither sets nor compares restrictions.
ALTER TABLE "token" ADD COLUMN "restriction" JSONB;
