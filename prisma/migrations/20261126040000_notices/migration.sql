CREATE TABLE "notice" (
    "id" BIGSERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "dismissed" TIMESTAMPTZ(0),

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "notice_username_id_idx" ON "notice"("username", "id");

CREATE INDEX "notice_at_idx" ON "notice"("at");

CREATE TABLE "notice_sum" (
    "username" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "notice_sum_pkey" PRIMARY KEY ("username")
);

CREATE TABLE "sign_in_place" (
    "username" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "last" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "sign_in_place_pkey" PRIMARY KEY ("username", "network", "client")
);

CREATE INDEX "sign_in_place_last_idx" ON "sign_in_place"("last");
