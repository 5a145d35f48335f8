import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { migrate, requireSchema } from '../../../server/storage/postgres/migrate.js'
import { eventually } from '../../support/eventually.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase } from '../../support/stores/stores.js'

const FIRST = '20260101000000_first'
const SECOND = '20260102000000_second'
const NEXT = '20270101000000_next'

let directory: string
let url: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'migrations-'))
  url = await emptyDatabase()
  await migration(FIRST, 'CREATE TABLE sheep (name TEXT);')
})

afterEach(() => rm(directory, { recursive: true }))

describe('migrating a database', () => {
  it('applies every migration once, in the order of their names', async () => {
    await migration(SECOND, "INSERT INTO sheep VALUES ('Dolly');")

    expect(await migrate(url, directory)).toEqual([FIRST, SECOND])
    expect(await migrate(url, directory)).toEqual([])
    expect(await query('SELECT name FROM sheep')).toEqual([{ name: 'Dolly' }])
  })

  it('applies what a newer version brings to a database of an older one', async () => {
    await migrate(url, directory)
    await migration(SECOND, 'ALTER TABLE sheep ADD wool INTEGER;')

    expect(await migrate(url, directory)).toEqual([SECOND])
  })

  it('lets ten replicas that start at once apply each migration once', async () => {
    await migration(SECOND, "INSERT INTO sheep VALUES ('Dolly');")

    const applied = await Promise.all(Array.from({ length: 10 }, () => migrate(url, directory)))

    expect(applied.flat().sort()).toEqual([FIRST, SECOND])
    expect(await query('SELECT name FROM sheep')).toHaveLength(1)
  })

  it('keeps the record as Prisma does', async () => {
    await migrate(url, directory)

    expect(await query('SELECT * FROM _prisma_migrations')).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        checksum: 'ad1647eac83a1b8bd96e48d77f37be99bbc91eb31f9ed603eedde19cdead474a',
        migration_name: FIRST,
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(Date),
        finished_at: expect.any(Date),
        applied_steps_count: 1,
      },
    ])
  })

  it('sets up the schema of this version where no directory is given', async () => {
    await migrate(url)

    expect(await query("SELECT to_regclass('token') IS NOT NULL AS there")).toEqual([{ there: true }])
  })
})

/** A newer version's folder has the table of declarations, as every one since has. */
const DECLARATIONS = '20261127060000_migration_declaration'

describe('a version on the schema of the next one', () => {
  const next = async (script: string) => {
    await cp(path.join('prisma/migrations', DECLARATIONS), path.join(directory, DECLARATIONS), { recursive: true })
    await migrate(url, directory)
    await migration(NEXT, script)
    await migrate(url, directory)
    await rm(path.join(directory, NEXT), { recursive: true })
  }

  it('starts, and applies what it has itself, after an expansion', async () => {
    await next('-- expand: Sheep have wool.\nALTER TABLE sheep ADD wool INTEGER;')
    await migration(SECOND, 'CREATE TABLE goat (name TEXT);')

    expect(await migrate(url, directory)).toEqual([SECOND])
    await expect(requireSchema(url, directory)).resolves.toBeUndefined()
  })

  it('starts after a contraction of what it no longer uses', async () => {
    await next(`-- contract after ${FIRST}: Sheep have no names.\nALTER TABLE sheep DROP name;`)

    expect(await migrate(url, directory)).toEqual([])
  })

  it('is refused after a contraction of what it uses, and nothing is applied', async () => {
    await next(`-- contract after ${NEXT}: Sheep have no names.\nALTER TABLE sheep DROP name;`)
    await migration(SECOND, 'CREATE TABLE goat (name TEXT);')

    const sentence = `newer version of Postern: it has the migration ${NEXT}, which took away what this version needs.`
    await expect(migrate(url, directory)).rejects.toThrow(sentence)
    await expect(requireSchema(url, directory)).rejects.toThrow(sentence)
    expect(await query("SELECT to_regclass('goat') AS goat")).toEqual([{ goat: null }])
  })

  it('starts after an expansion that the Prisma CLI applied, once the next version has started', async () => {
    await next('-- expand: Sheep have wool.\nALTER TABLE sheep ADD wool INTEGER;')
    await query(`DELETE FROM migration_declaration WHERE name = '${NEXT}'`)
    await expect(migrate(url, directory)).rejects.toThrow('which this version does not know')

    await migration(NEXT, '-- expand: Sheep have wool.\nALTER TABLE sheep ADD wool INTEGER;')
    expect(await migrate(url, directory)).toEqual([])
    await rm(path.join(directory, NEXT), { recursive: true })

    expect(await migrate(url, directory)).toEqual([])
  })
})

describe('a start that must not migrate', () => {
  it('is refused with the command where a migration is missing, and changes nothing', async () => {
    await migration(SECOND, 'CREATE TABLE goat (name TEXT);')

    await expect(requireSchema(url, directory)).rejects.toMatchObject({
      message: `The database lacks the migration ${FIRST}, and 1 more, and updateSchema forbids the start to apply it.`,
      remedy: 'Apply it with this version: npx postern migrate run',
    })
    expect(await query("SELECT to_regclass('_prisma_migrations') AS history")).toEqual([{ history: null }])
  })

  it('is one as usual where none is, also for a user who may not create tables', async () => {
    await migrate(url, directory)
    const role = `reader_${process.pid}`
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'open-sesame'; GRANT SELECT ON _prisma_migrations TO ${role}`)
    const reader = Object.assign(new URL(url), { username: role, password: 'open-sesame' }).href

    await expect(requireSchema(reader, directory)).resolves.toBeUndefined()
  })
})

describe('a table in use', () => {
  it('is not waited for while others wait behind: the migration gives way, and comes again', async () => {
    await migrate(url, directory)
    await migration(SECOND, 'ALTER TABLE sheep ADD wool INTEGER;')
    const reader = new pg.Client({ connectionString: url })
    await reader.connect()
    await reader.query('BEGIN; SELECT * FROM sheep')

    const migrating = migrate(url, directory)
    await eventually(async () => (await waiting()) > 0)
    // Behind the migration's lock in the queue: answered when it gives way, long before the reader ends.
    expect(await query('SELECT * FROM sheep')).toEqual([])
    await reader.query('COMMIT')
    await reader.end()

    expect(await migrating).toEqual([SECOND])
  })

  const waiting = async () =>
    // A table of another test's database may have the same number.
    (
      await query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'sheep'::regclass
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
    ).length
})

describe('a database that must not be migrated', () => {
  it('is one made by a newer version', async () => {
    await migration(SECOND, 'ALTER TABLE sheep ADD wool INTEGER;')
    await migrate(url, directory)
    await rm(path.join(directory, SECOND), { recursive: true })

    await expect(migrate(url, directory)).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringMatching(`newer version of Postern: it has the migration ${SECOND}`),
      remedy: 'Start that version, or restore a backup made before it.',
    })
  })

  it('is one whose applied migration was edited, and nothing after it is applied', async () => {
    await migrate(url, directory)
    await migration(FIRST, 'CREATE TABLE sheep (name TEXT, wool INTEGER);')
    await migration(SECOND, 'CREATE TABLE goat (name TEXT);')

    await expect(migrate(url, directory)).rejects.toThrow(`The migration ${FIRST} was edited`)
    expect(await query("SELECT to_regclass('goat') AS goat")).toEqual([{ goat: null }])
  })

  it('is one in which a migration failed half-way earlier', async () => {
    await migrate(url, directory)
    await query('UPDATE _prisma_migrations SET finished_at = NULL')

    await expect(migrate(url, directory)).rejects.toMatchObject({
      message: `The migration ${FIRST} failed earlier and was left half done.`,
      remedy: expect.stringContaining(`migrate resolve --rolled-back ${FIRST}`),
    })
  })
})

describe('a database that takes no writes', () => {
  it('is named as such, and not as one in which the user lacks a right', async () => {
    await query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`)

    await expect(migrate(url, directory)).rejects.toMatchObject({
      message: expect.stringMatching(/takes no writes: it is a replica, or it was set to read only\.$/),
      remedy: expect.stringContaining('Name the primary in DATABASE_URL'),
    })
  })
})

describe('a migration that fails', () => {
  it('leaves nothing behind, keeps those before it, and is tried again next time', async () => {
    await migration(SECOND, 'CREATE TABLE goat (name TEXT); SELECT 1 / 0;')

    await expect(migrate(url, directory)).rejects.toThrow(`The migration ${SECOND} failed`)
    expect(await query("SELECT to_regclass('goat') AS goat, to_regclass('sheep') AS sheep")).toEqual([
      { goat: null, sheep: 'sheep' },
    ])

    await migration(SECOND, 'CREATE TABLE goat (name TEXT);')
    expect(await migrate(url, directory)).toEqual([SECOND])
  })

  it('says so when it meets tables of something else', async () => {
    await query('CREATE TABLE sheep (colour TEXT)')

    await expect(migrate(url, directory)).rejects.toMatchObject({
      message: expect.stringContaining('relation "sheep" already exists'),
      remedy: expect.stringContaining('DATABASE_URL'),
    })
  })

  it('says so when the user may not create tables', async () => {
    const role = `guest_${process.pid}`
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'open-sesame'`)
    const guest = new URL(url)
    guest.username = role
    guest.password = 'open-sesame'

    await expect(migrate(guest.toString(), directory)).rejects.toMatchObject({
      message: expect.stringContaining(`The database user ${role} may not create tables`),
    })
  })
})

describe('a database that cannot be reached', () => {
  const changed = (change: (url: URL) => void) => {
    const other = new URL(url)
    other.password = 'open-sesame'
    change(other)
    return other.toString()
  }

  it.each<[what: string, change: (url: URL) => void, message: string | RegExp]>([
    [
      'nobody listens',
      (u) => Object.assign(u, { port: '1' }),
      /^PostgreSQL cannot be reached at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
    [
      'an unknown host',
      (u) => Object.assign(u, { hostname: 'nowhere.invalid' }),
      /^PostgreSQL cannot be reached at nowhere\.invalid:/,
    ],
    ['a wrong password', () => {}, /does not accept the user postern with this password\.$/],
  ])('is named by host and port, never by its password: %s', async (_what, change, message) => {
    const error = await migrate(changed(change), directory).catch((e: unknown) => e)

    expect(error).toMatchObject({ name: 'OperatorError', message: expect.stringMatching(message) })
    expect(everythingIn(error)).not.toContain('open-sesame')
  })

  it('is named when the server has no such database', async () => {
    const missing = new URL(url)
    missing.pathname = '/atlantis'

    await expect(migrate(missing.toString(), directory)).rejects.toMatchObject({
      message: 'PostgreSQL has no database atlantis.',
      remedy: 'Create it: createdb --owner=postern atlantis; or name another in DATABASE_URL.',
    })
  })

  it.each(['', 'postern', 'mysql://me:open-sesame@localhost/x', 'postgresql://me:open-sesame@:port/x'])(
    'is refused when its URL is none: %p',
    async (wrong) => {
      const error = await migrate(wrong, directory).catch((e: unknown) => e)

      expect(error).toMatchObject({ message: 'DATABASE_URL is not the URL of a PostgreSQL database.' })
      expect(everythingIn(error)).not.toContain('open-sesame')
    },
  )
})

async function migration(name: string, script: string): Promise<void> {
  await mkdir(path.join(directory, name), { recursive: true })
  await writeFile(path.join(directory, name, 'migration.sql'), script)
}

function query(statement: string): Promise<unknown[]> {
  return sql(url, statement)
}

/** All that a logger could find in an error, its causes included. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error))
  return `${own} ${error.stack} ${everythingIn(error.cause)}`
}
