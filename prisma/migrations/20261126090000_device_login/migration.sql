CREATE TABLE "device_login" (
    "id" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "token_name" TEXT,
    "address" TEXT,
    "program" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "username" TEXT,
    "session" TEXT,
    "approval" TEXT,
    "created" TIMESTAMPTZ(0) NOT NULL,
    "expires" TIMESTAMPTZ(0) NOT NULL,
    "polled" TIMESTAMPTZ(0),

    CONSTRAINT "device_login_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "device_login_user_code_key" ON "device_login"("user_code");

CREATE INDEX "device_login_expires_idx" ON "device_login"("expires");
