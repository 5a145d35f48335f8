-- CreateTable
CREATE TABLE "token_use" (
    "token" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "address" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "first" TIMESTAMPTZ(0) NOT NULL,
    "last" TIMESTAMPTZ(0) NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "token_use_pkey" PRIMARY KEY ("token","day","address","client")
);

-- CreateIndex
CREATE INDEX "token_use_token_last_idx" ON "token_use"("token", "last");

-- CreateIndex
CREATE INDEX "token_use_day_idx" ON "token_use"("day");
