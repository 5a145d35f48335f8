-- expand: How many checks each hour had, by service and outcome.
CREATE TABLE "tally" (
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "service" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "tally_pkey" PRIMARY KEY ("hour","service","outcome","code")
);

CREATE TABLE "tally_flush" (
    "process" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "tally_flush_pkey" PRIMARY KEY ("process")
);
