import { readFileSync } from 'node:fs'
import pg from 'pg'

/** The two operators on coverage maps that name as their commutator one that belongs to others; DaCHS uses neither. */
const MISNAMED = /CREATE OPERATOR @ \([^;]*smoc[^;]*\);/g

/**
 * Makes pg_sphere, which `dachs init` wants and otherwise makes itself. Debian 12's own PostgreSQL no longer takes Debian
 * 12's own pg_sphere (1.2.0): since 15.20 it refuses operators like these two. There the rest of the package's script is
 * run, and the extension is noted down as installed.
 *
 * @param sharedFolder where that PostgreSQL keeps its extensions' scripts
 */
export async function makePgSphere(url: string, sharedFolder: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('CREATE EXTENSION pg_sphere')
  } catch (error) {
    if (!/commutator/.test(String(error))) throw error
    await client.query(scriptWithoutMisnamed(`${sharedFolder}/extension/pg_sphere--1.2.0.sql`))
    await client.query(`INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
      VALUES (99999, 'pg_sphere', current_user::regrole, 'public'::regnamespace, true, '1.2.0')`)
  } finally {
    await client.end()
  }
}

function scriptWithoutMisnamed(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/^\\echo.*$/m, '')
    .replaceAll('MODULE_PATHNAME', '$libdir/pg_sphere')
    .replace(MISNAMED, '')
}
