CREATE TABLE "first_sign_in" (
    "username" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "first_sign_in_pkey" PRIMARY KEY ("username")
);

-- No release had it: browsers are known by their device cookies.
DROP TABLE "sign_in_place";
