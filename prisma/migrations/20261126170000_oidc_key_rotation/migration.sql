ALTER TABLE "oidc_key" ADD COLUMN "kid" TEXT;
ALTER TABLE "oidc_key" ADD COLUMN "signs_from" TIMESTAMPTZ(0) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "oidc_key" ADD COLUMN "retires" TIMESTAMPTZ(0);
UPDATE "oidc_key" SET "signs_from" = "created";
