-- expand: How imported tokens of JupyterHub were hashed.
CREATE TABLE "token_recipe" (
    "id" BIGSERIAL NOT NULL,
    "token" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "recipe" TEXT NOT NULL,

    CONSTRAINT "token_recipe_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "token_recipe_token_key" ON "token_recipe"("token");

ALTER TABLE "token_recipe" ADD CONSTRAINT "token_recipe_token_fkey" FOREIGN KEY ("token") REFERENCES "token"("key") ON DELETE CASCADE ON UPDATE CASCADE;
