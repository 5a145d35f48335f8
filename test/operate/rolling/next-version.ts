import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** An expansion of every kind: columns with a default and without, a table with data, an index. */
const EXPANSION = `-- expand: Tokens have a colour.
ALTER TABLE "token" ADD COLUMN "colour" TEXT NOT NULL DEFAULT 'white';
ALTER TABLE "token_change" ADD COLUMN "colour" TEXT;
CREATE TABLE "colour" ("name" TEXT NOT NULL, CONSTRAINT "colour_pkey" PRIMARY KEY ("name"));
INSERT INTO "colour" SELECT DISTINCT "colour" FROM "token";
CREATE INDEX "token_colour_idx" ON "token"("colour");
`

/** The name of its migration, after all that this version has. */
export const COLOUR = '20991231000000_colour'

/** Makes the build of a version after this one, with a migration more. @returns its program */
export function nextVersion(folder: string): string {
  for (const each of ['dist', path.join('prisma', 'migrations')])
    cpSync(each, path.join(folder, each), { recursive: true })
  for (const each of ['node_modules', 'views', 'package.json']) symlinkSync(path.resolve(each), path.join(folder, each))
  const migration = path.join(folder, 'prisma', 'migrations', COLOUR)
  mkdirSync(migration)
  writeFileSync(path.join(migration, 'migration.sql'), EXPANSION)
  return path.join(folder, 'dist', 'main.js')
}
