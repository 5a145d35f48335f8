import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { serverHome } from '../../server/embedded/server-home.js'
import { startEmbedded } from '../../server/embedded/start.js'
import { migrate } from '../../server/storage/postgres/migrate.js'
import { copyDatabase } from '../../server/storage/postgres/migration/copy-database.js'
import { describeWith } from '../support/run/requires.js'
import { startDebianPostgres } from '../support/stores/debian-postgres.js'
import { sql } from '../support/stores/queries.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'older '))
const made = path.join(folder, 'made')
const dataDir = path.join(folder, 'data')
const inData = (name: string) => path.join(dataDir, name)
const kept: string[] = []

/** Of a database that was made by release 0.1.0 on PostgreSQL 15. */
const TOKENS = 'SELECT username, name, scopes, last_used_address FROM token ORDER BY key'
let tokens: unknown

describeWith(['postgres15'], 'the data of an older PostgreSQL', () => {
  beforeAll(async () => {
    // As root, the servers' own user must be able to get there.
    chmodSync(folder, 0o755)
    const debian = await startDebianPostgres(serverHome(made))
    await sql(debian.url, readFileSync('test/storage/postgres/releases/0.1.0.sql', 'utf8'))
    tokens = await sql(debian.url, TOKENS)
    await debian.stop()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  beforeEach(() => {
    rmSync(dataDir, { recursive: true, force: true })
    execFileSync('cp', ['-a', made, dataDir])
    kept.length = 0
  })

  it('are moved at the start: rows, counters and history of migrations, and the old folder is kept', async () => {
    await starting(async (url) => {
      expect(await sql(url, "SELECT current_setting('server_version_num')::int / 10000 AS major")).toEqual([
        { major: 18 },
      ])
      expect(await sql(url, TOKENS)).toEqual(tokens)
      const [{ next, all } = {}] = await sql(
        url,
        "SELECT nextval('token_change_id_seq')::int AS next, (SELECT count(*)::int FROM token_change) AS all",
      )
      expect(next).toBe(Number(all) + 1)
      expect(await sql(url, "SELECT count(*)::int AS left FROM pg_namespace WHERE nspname = 'older'")).toEqual([
        { left: 0 },
      ])
      // What the release had is not applied again, and what came since is.
      expect((await migrate(url))[0]).toBe('20261126000000_audit')
      await sql(url, "UPDATE token SET name = 'renamed' WHERE name = 'laptop'")
    })
    expect(kept).toEqual([inData('postgres-15')])
    expect(majorIn('postgres-15')).toBe('15')

    // Killed before the new folder had its last name. It is not moved again: what was written since stays.
    renameSync(inData('postgres'), inData('postgres.moved'))
    await starting(async (url) => {
      expect(await sql(url, "SELECT count(*)::int AS renamed FROM token WHERE name = 'renamed'")).toEqual([
        { renamed: 1 },
      ])
    })
    expect(kept).toEqual([inData('postgres-15'), inData('postgres-15')])
    expect(remains()).toEqual(['postgres', 'postgres-15'])
  })

  it('are moved as a whole after a move that was killed, with both servers left behind', async () => {
    const killed = spawnSync(process.execPath, ['test/embedded/support/killed-move.mjs', dataDir])
    expect(killed.signal).toBe('SIGKILL')
    expect(majorIn('postgres')).toBe('15')
    // A complete copy of before, beside old data that may have changed since.
    mkdirSync(inData('postgres.moved'))
    writeFileSync(inData('postgres.moved/PG_VERSION'), '18\n')

    await starting(expectTheTokens)
    expect(majorIn('postgres')).toBe('18')
    expect(remains()).toEqual(['postgres', 'postgres-15'])
    expect(workingInData()).toEqual([])
  })

  it('stay as they are where they cannot be copied, and the start says why', async () => {
    const debian = await startDebianPostgres(serverHome(dataDir))
    await sql(debian.url, 'CREATE TABLE sheep (name TEXT)')
    await debian.stop()

    await expect(start()).rejects.toMatchObject({
      message: "The database holds tables that are not Postern's, and are not copied: sheep.",
    })
    expect(majorIn('postgres')).toBe('15')
    const again = await startDebianPostgres(serverHome(dataDir))
    expect(await sql(again.url, TOKENS)).toEqual(tokens)
    await sql(again.url, 'DROP TABLE sheep')
    await again.stop()

    await starting(expectTheTokens)
  })

  it('stay as they are where that PostgreSQL is not installed, and the start names it', async () => {
    writeFileSync(inData('postgres/PG_VERSION'), '9\n')

    await expect(start()).rejects.toMatchObject({
      message: expect.stringContaining('were made by PostgreSQL 9, which must be there to move them'),
      remedy: expect.stringContaining('apt-get install postgresql-9'),
    })
    expect(remains()).toEqual(['postgres'])
  })
})

function start() {
  const moves = { copy: copyDatabase, onKept: (each: string) => void kept.push(each) }
  return startEmbedded({ dataDir, postgres: true, redis: false, role: 'server', moves })
}

async function starting(work: (url: string) => Promise<void>): Promise<void> {
  const { databaseUrl = '', stop } = await start()
  try {
    await work(databaseUrl)
  } finally {
    await stop()
  }
}

async function expectTheTokens(url: string): Promise<void> {
  expect(await sql(url, TOKENS)).toEqual(tokens)
}

function majorIn(name: string): string {
  return readFileSync(inData(path.join(name, 'PG_VERSION')), 'utf8').trim()
}

/** The folders of data. */
function remains(): string[] {
  return readdirSync(dataDir).filter((name) => existsSync(inData(path.join(name, 'PG_VERSION'))))
}

/** Processes whose folder is among the data, be it deleted. */
function workingInData(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir)
    } catch {
      return false
    }
  })
}
