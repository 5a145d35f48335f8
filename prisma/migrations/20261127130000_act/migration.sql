-- expand: Changes of tokens say of which act on many tokens they are, and the actor's reason.
ALTER TABLE "token_change" ADD COLUMN "act" TEXT,
ADD COLUMN "reason" TEXT;

-- Few rows have one. Prisma has no words for the condition, and takes the index for its own without it.
CREATE INDEX "token_change_act_at_id_idx" ON "token_change"("act", "at", "id") WHERE "act" IS NOT NULL;
