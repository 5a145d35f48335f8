-- One row while the site is locked down; none otherwise.
CREATE TABLE "lockdown" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "since" TIMESTAMPTZ(0) NOT NULL,
    "reason" TEXT,

    CONSTRAINT "lockdown_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "lockdown_one_row" CHECK ("id")
);

ALTER TABLE "account" ADD COLUMN "emergency" BOOLEAN NOT NULL DEFAULT false;
