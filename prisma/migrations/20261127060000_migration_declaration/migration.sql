-- expand: For each migration, whether versions that do not know it can serve.
CREATE TABLE "migration_declaration" (
    "name" TEXT NOT NULL,
    "needs" TEXT,
    "summary" TEXT NOT NULL,

    CONSTRAINT "migration_declaration_pkey" PRIMARY KEY ("name")
);
