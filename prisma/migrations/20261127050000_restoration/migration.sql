-- expand: The restores of backups, each until an operator confirms it.
CREATE TABLE "restoration" (
    "backup" TEXT NOT NULL,
    "product" TEXT NOT NULL,
    "taken" TIMESTAMPTZ(0) NOT NULL,
    "restored" TIMESTAMPTZ(0) NOT NULL,
    "confirmed" TIMESTAMPTZ(0),

    CONSTRAINT "restoration_pkey" PRIMARY KEY ("backup")
);
