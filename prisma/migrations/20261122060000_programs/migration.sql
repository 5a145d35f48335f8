-- CreateEnum
CREATE TYPE "program_role" AS ENUM ('pi', 'co-i');

-- CreateEnum
CREATE TYPE "investigator_kind" AS ENUM ('username', 'email');

-- CreateEnum
CREATE TYPE "program_action" AS ENUM ('create', 'edit', 'delete', 'grant', 'remove');

-- CreateTable
CREATE TABLE "program" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "period_end" TIMESTAMPTZ(0),
    "public" BOOLEAN NOT NULL,
    "loaded" TIMESTAMPTZ(0) NOT NULL,
    "updated" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "program_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "program_investigator" (
    "program" TEXT NOT NULL,
    "kind" "investigator_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "role" "program_role" NOT NULL,

    CONSTRAINT "program_investigator_pkey" PRIMARY KEY ("program","kind","name")
);

-- CreateTable
CREATE TABLE "program_grant" (
    "program" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "granted_by" TEXT NOT NULL,
    "granted" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "program_grant_pkey" PRIMARY KEY ("program","email")
);

-- CreateTable
CREATE TABLE "program_change" (
    "id" BIGSERIAL NOT NULL,
    "program" TEXT NOT NULL,
    "action" "program_action" NOT NULL,
    "actor" TEXT NOT NULL,
    "address" INET,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "email" TEXT,
    "now" JSONB,
    "old" JSONB,

    CONSTRAINT "program_change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "program_investigator_kind_name_idx" ON "program_investigator"("kind", "name");

-- CreateIndex
CREATE INDEX "program_grant_email_idx" ON "program_grant"("email");

-- CreateIndex
CREATE INDEX "program_change_program_at_id_idx" ON "program_change"("program", "at", "id");

-- AddForeignKey
ALTER TABLE "program_investigator" ADD CONSTRAINT "program_investigator_program_fkey" FOREIGN KEY ("program") REFERENCES "program"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "program_grant" ADD CONSTRAINT "program_grant_program_fkey" FOREIGN KEY ("program") REFERENCES "program"("id") ON DELETE CASCADE ON UPDATE CASCADE;
