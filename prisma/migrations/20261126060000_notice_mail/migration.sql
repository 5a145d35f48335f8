-- Notices of before, and of older releases that still run, are on the page alone.
ALTER TABLE "notice" ADD COLUMN "mail_at" TIMESTAMPTZ(0), ADD COLUMN "mailed" TIMESTAMPTZ(0);

CREATE INDEX "notice_mail_at_idx" ON "notice"("mail_at");
