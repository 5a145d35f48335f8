CREATE TABLE "oidc_import" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "oidc_import_pkey" PRIMARY KEY ("id")
);

INSERT INTO "oidc_import" ("at") SELECT now() WHERE EXISTS (SELECT 1 FROM "oidc_client");
