CREATE TABLE "token_warning" (
    "token" TEXT NOT NULL,
    "threshold" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "token_warning_pkey" PRIMARY KEY ("token", "threshold"),
    CONSTRAINT "token_warning_token_fkey" FOREIGN KEY ("token") REFERENCES "token"("key") ON DELETE CASCADE ON UPDATE CASCADE
);
