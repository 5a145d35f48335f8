-- expand: Who asked for which file of a program, on which day and how often.
CREATE TABLE "program_read" (
    "program" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "file" TEXT NOT NULL,
    "first" TIMESTAMPTZ(0) NOT NULL,
    "last" TIMESTAMPTZ(0) NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "program_read_pkey" PRIMARY KEY ("program","username","day","file")
);

-- CreateIndex
CREATE INDEX "program_read_program_last_idx" ON "program_read"("program", "last");

-- CreateIndex
CREATE INDEX "program_read_username_last_idx" ON "program_read"("username", "last");

-- CreateIndex
CREATE INDEX "program_read_day_idx" ON "program_read"("day");
