-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "token_type" AS ENUM ('session', 'user', 'notebook', 'internal', 'service', 'oidc');

-- CreateEnum
CREATE TYPE "change_action" AS ENUM ('create', 'edit', 'revoke', 'expire');

-- CreateTable
CREATE TABLE "token" (
    "key" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "type" "token_type" NOT NULL,
    "username" TEXT NOT NULL,
    "name" TEXT,
    "scopes" TEXT[],
    "created" TIMESTAMPTZ(0) NOT NULL,
    "expires" TIMESTAMPTZ(0),
    "last_used" TIMESTAMPTZ(0),
    "last_used_address" INET,
    "last_used_client" TEXT,

    CONSTRAINT "token_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "token_change" (
    "id" BIGSERIAL NOT NULL,
    "token" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "token_type" "token_type" NOT NULL,
    "token_name" TEXT,
    "parent" TEXT,
    "scopes" TEXT[],
    "service" TEXT,
    "expires" TIMESTAMPTZ(0),
    "actor" TEXT NOT NULL,
    "action" "change_action" NOT NULL,
    "old" JSONB,
    "address" INET,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "token_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "username" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "name" TEXT,
    "email" TEXT,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "disabled" TIMESTAMPTZ(0),
    "created" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("username")
);

-- CreateTable
CREATE TABLE "local_group" (
    "name" TEXT NOT NULL,
    "gid" INTEGER NOT NULL,

    CONSTRAINT "local_group_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "local_group_member" (
    "username" TEXT NOT NULL,
    "group_name" TEXT NOT NULL,

    CONSTRAINT "local_group_member_pkey" PRIMARY KEY ("username","group_name")
);

-- CreateIndex
CREATE INDEX "token_expires_idx" ON "token"("expires");

-- CreateIndex
CREATE UNIQUE INDEX "token_username_name_key" ON "token"("username", "name");

-- CreateIndex
CREATE INDEX "token_change_token_at_id_idx" ON "token_change"("token", "at", "id");

-- CreateIndex
CREATE INDEX "token_change_username_at_id_idx" ON "token_change"("username", "at", "id");

-- CreateIndex
CREATE INDEX "token_change_at_id_idx" ON "token_change"("at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "account_uid_key" ON "account"("uid");

-- CreateIndex
CREATE UNIQUE INDEX "local_group_gid_key" ON "local_group"("gid");

-- CreateIndex
CREATE INDEX "local_group_member_group_name_idx" ON "local_group_member"("group_name");

-- AddForeignKey
ALTER TABLE "local_group_member" ADD CONSTRAINT "local_group_member_username_fkey" FOREIGN KEY ("username") REFERENCES "account"("username") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "local_group_member" ADD CONSTRAINT "local_group_member_group_name_fkey" FOREIGN KEY ("group_name") REFERENCES "local_group"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

