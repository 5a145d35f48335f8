-- AlterTable
ALTER TABLE "token_change" ADD COLUMN "actor_token" TEXT;

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "event_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "action" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "position" BIGINT,
    "hash" TEXT,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_chain" (
    "name" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_event_id_key" ON "audit_event"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_position_key" ON "audit_event"("position");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at", "id");
