-- expand: UIDs that were assigned by another system to users whose sources name none.
CREATE TABLE "assigned_uid" (
    "username" TEXT NOT NULL,
    "uid" INTEGER NOT NULL,

    CONSTRAINT "assigned_uid_pkey" PRIMARY KEY ("username")
);

CREATE UNIQUE INDEX "assigned_uid_uid_key" ON "assigned_uid"("uid");
