-- expand: Users have a language, a form of dates and a time zone.
CREATE TABLE "preference" (
    "username" TEXT NOT NULL,
    "language" TEXT,
    "dates" TEXT NOT NULL,
    "time_zone" TEXT,

    CONSTRAINT "preference_pkey" PRIMARY KEY ("username")
);
