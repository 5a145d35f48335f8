-- expand: The last use of a token that the sweep of idle tokens saw; 'epoch': none yet. Uses do not write it.
ALTER TABLE "token" ADD COLUMN "use_seen" TIMESTAMPTZ(0) NOT NULL DEFAULT 'epoch';

CREATE INDEX "token_type_use_seen_idx" ON "token"("type", "use_seen");

-- Room on each page for the next version of a row: a use that is written there changes no index.
ALTER TABLE "token" SET (fillfactor = 85);
