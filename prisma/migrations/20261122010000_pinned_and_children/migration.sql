-- AlterTable
ALTER TABLE "token" ADD COLUMN     "pinned" JSONB;

-- CreateIndex
CREATE INDEX "token_change_parent_at_id_idx" ON "token_change"("parent", "at", "id");
