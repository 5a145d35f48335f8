-- What the directory last said of somebody, for when it does not answer. No person: that there is nobody of that name.
CREATE TABLE "directory_answer" (
    "username" TEXT NOT NULL,
    "person" JSONB,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "directory_answer_pkey" PRIMARY KEY ("username")
);
