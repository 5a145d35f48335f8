CREATE TABLE "oidc_consent" (
    "username" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "hosts" TEXT[],
    "granted" TIMESTAMPTZ(0) NOT NULL,
    "withdrawn" TIMESTAMPTZ(0),

    CONSTRAINT "oidc_consent_pkey" PRIMARY KEY ("username","client_id")
);

CREATE INDEX "oidc_consent_client_id_idx" ON "oidc_consent"("client_id");

ALTER TABLE "oidc_consent" ADD CONSTRAINT "oidc_consent_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "oidc_client"("client_id") ON DELETE CASCADE ON UPDATE CASCADE;
