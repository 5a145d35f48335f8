-- expand: How far the history of another site was imported.
CREATE TABLE "history_import" (
    "source" TEXT NOT NULL,
    "last_id" BIGINT NOT NULL,

    CONSTRAINT "history_import_pkey" PRIMARY KEY ("source")
);
