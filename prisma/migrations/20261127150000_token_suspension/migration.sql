-- expand: Tokens can be suspended. A version that does not know it admits suspended tokens.
CREATE TABLE "token_suspension" (
    "key" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "token_type" "token_type" NOT NULL,
    "token_name" TEXT,
    "expires" TIMESTAMPTZ(0),
    "since" TIMESTAMPTZ(0) NOT NULL,
    "until" TIMESTAMPTZ(0) NOT NULL,
    "reason" TEXT,
    "actor" TEXT NOT NULL,
    "act" TEXT,

    CONSTRAINT "token_suspension_pkey" PRIMARY KEY ("key")
);

CREATE INDEX "token_suspension_until_idx" ON "token_suspension"("until");
CREATE INDEX "token_suspension_act_idx" ON "token_suspension"("act");

CREATE TABLE "suspension_change" (
    "id" BIGSERIAL NOT NULL,
    "token" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "until" TIMESTAMPTZ(0) NOT NULL,
    "reason" TEXT,
    "actor" TEXT NOT NULL,
    "address" INET,
    "act" TEXT,
    "at" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "suspension_change_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "suspension_change_token_id_idx" ON "suspension_change"("token", "id");
CREATE INDEX "suspension_change_username_id_idx" ON "suspension_change"("username", "id");
CREATE INDEX "suspension_change_at_id_idx" ON "suspension_change"("at", "id");
