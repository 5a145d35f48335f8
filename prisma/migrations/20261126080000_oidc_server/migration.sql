CREATE TABLE "oidc_client" (
    "client_id" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "notes" TEXT,
    "redirect_uris" TEXT[],
    "post_logout_uris" TEXT[],
    "backchannel_logout_uri" TEXT,
    "public" BOOLEAN NOT NULL DEFAULT false,
    "own_site" BOOLEAN NOT NULL DEFAULT true,
    "required_scope" TEXT,
    "required_groups" TEXT[],
    "created" TIMESTAMPTZ(0) NOT NULL,
    "last_modified" TIMESTAMPTZ(0) NOT NULL,
    "last_modified_by" TEXT NOT NULL,

    CONSTRAINT "oidc_client_pkey" PRIMARY KEY ("client_id")
);

CREATE TABLE "oidc_client_secret" (
    "id" BIGSERIAL NOT NULL,
    "client_id" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "expires" TIMESTAMPTZ(0),

    CONSTRAINT "oidc_client_secret_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "oidc_key" (
    "id" BIGSERIAL NOT NULL,
    "sealed" TEXT NOT NULL,
    "created" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "oidc_key_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "oidc_session" (
    "session" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "expires" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "oidc_session_pkey" PRIMARY KEY ("session","client_id")
);

CREATE INDEX "oidc_client_secret_client_id_idx" ON "oidc_client_secret"("client_id");

CREATE INDEX "oidc_session_expires_idx" ON "oidc_session"("expires");

ALTER TABLE "oidc_client_secret" ADD CONSTRAINT "oidc_client_secret_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "oidc_client"("client_id") ON DELETE CASCADE ON UPDATE CASCADE;
