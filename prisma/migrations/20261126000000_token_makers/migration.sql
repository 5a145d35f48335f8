-- A release from before goes on inserting rows without makers.
ALTER TABLE "token" ADD COLUMN "makers" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

CREATE INDEX "token_makers_idx" ON "token" USING GIN ("makers");
