import { PassThrough, Readable } from 'node:stream'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../../server/operate/cli/run-command.js'
import { databaseBefore, migrationNames } from '../../support/stores/earlier-database.js'
import { sql } from '../../support/stores/queries.js'

const RESTRICTION = '20261126040000_token_restriction'
const NOTICES = '20261126040000_notices'

let url: string
let missing: number
let latest: string

beforeAll(async () => {
  url = await databaseBefore(RESTRICTION)
  const names = await migrationNames()
  missing = names.filter((name) => name >= RESTRICTION).length
  latest = names.at(-1) ?? ''
})

describe('postern migrate, on a database of before', () => {
  it('lists what is there and what is missing, and has the exit code 1', async () => {
    const { code, output } = await postern('status')

    expect(code).toBe(1)
    expect(output).toMatch(new RegExp(`^${NOTICES} +applied  expand +Notices to users\\.$`, 'm'))
    expect(output).toMatch(
      new RegExp(`^${RESTRICTION} +missing  expand +Tokens bound to networks and services\\.$`, 'm'),
    )
    expect(output).toContain(`${missing} migrations missing: postern migrate run`)
  })

  it('prints what would be run, with the locks on tables that are there, and changes nothing', async () => {
    const plan = await postern('plan')

    expect(plan.code).toBe(0)
    expect(plan.output).toContain(
      [
        `${RESTRICTION} (expand)`,
        '  Tokens bound to networks and services.',
        '  locks token, of about 0 rows: ACCESS EXCLUSIVE, reads and writes wait',
      ].join('\n'),
    )
    expect(plan.output).toContain(`${missing} migrations to apply.`)
    expect(plan.output).not.toContain('ALTER TABLE')
    expect((await postern('plan', '--sql')).output).toContain('ALTER TABLE "token" ADD COLUMN "restriction" JSONB;')
    expect(await sql(url, "SELECT to_regclass('passkey') AS there")).toEqual([{ there: null }])
  })

  it('applies what is missing, once', async () => {
    const { code, output } = await postern('run')
    expect([code, output]).toEqual([0, expect.stringContaining(`Applied ${latest}\n`)])
    expect(output).toContain(`${missing} migrations applied.`)

    expect((await postern('run')).output).toBe('0 migrations applied.\n')
    expect(await postern('status')).toMatchObject({
      code: 0,
      output: expect.stringContaining('The database has every migration of this version.'),
    })
  })
})

describe('postern migrate, on a database of a newer version', () => {
  it('names what it does not know, and says where this version cannot serve', async () => {
    const newer = (name: string, needs: string | null) => `
      INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('${name}', 'x', '${name}', now());
      INSERT INTO migration_declaration VALUES ('${name}', ${needs ? `'${needs}'` : 'NULL'}, 'Sheep have wool.')`
    await sql(url, newer('29990101000000_wool', null))
    const expanded = await postern('status')
    expect(expanded.code).toBe(0)
    expect(expanded.output).toMatch(/^29990101000000_wool +unknown {2}expand +Sheep have wool\.$/m)

    await sql(url, newer('29990102000000_fleece', '29990101000000_wool'))
    for (const command of ['status', 'plan', 'run']) {
      const { code, output } = await postern(command)
      expect(code).toBe(1)
      expect(output).toContain('it has the migration 29990102000000_fleece, which took away what this version needs.')
    }
  })
})

/** Neither Redis nor the master secret is among its settings. */
async function postern(...args: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const out = new PassThrough().on('data', (chunk) => printed.push(String(chunk)))
  const streams = { stdin: Readable.from(['']), stdout: out, stderr: out }
  const code = await runCommand({ args: ['migrate', ...args], env: { DATABASE_URL: url }, ...streams })
  return { code, output: printed.join('') }
}
