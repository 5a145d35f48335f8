-- expand: How many requests each user sent for the files of a program, on each day.
CREATE TABLE "program_reader" (
    "program" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "last" TIMESTAMPTZ(0) NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "program_reader_pkey" PRIMARY KEY ("program","username","day")
);

-- CreateIndex
CREATE INDEX "program_reader_username_idx" ON "program_reader"("username");

-- CreateIndex
CREATE INDEX "program_reader_day_idx" ON "program_reader"("day");

INSERT INTO "program_reader" ("program", "username", "day", "last", "count")
SELECT "program", "username", "day", max("last"), sum("count") FROM "program_read" GROUP BY 1, 2, 3;
