-- expand: Acts on the tokens of an incident, and how far each is.
CREATE TABLE "incident" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "actor" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "filter" TEXT NOT NULL,
    "disabled" TEXT[],
    "signed_out" TEXT[],
    "spared" TEXT,
    "tokens" TEXT[],
    "people" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "finished" TIMESTAMPTZ(0),

    CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "incident_at_idx" ON "incident"("at");
