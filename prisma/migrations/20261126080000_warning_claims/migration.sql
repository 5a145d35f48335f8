-- Null in the rows of before, and of older releases that still run: those were sent.
ALTER TABLE "token_warning" ADD COLUMN "retry_at" TIMESTAMPTZ(0);
