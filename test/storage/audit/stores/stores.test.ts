import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CHECK_NAMES, CHECKS, type Finding } from '../../../../server/core/stores-audit/checks.js'
import { Secret } from '../../../../server/core/token/secret.js'
import { formatToken } from '../../../../server/core/token/token.js'
import { auditStores } from '../../../../server/operate/stores-audit/audit-stores.js'
import { deriveKeys } from '../../../../server/settings/keys.js'
import { useCommandLine } from '../../../operate/cli/command-line.js'
import { request } from '../../../support/documented.js'
import { eventually } from '../../../support/eventually.js'
import { ASKED } from '../../../support/postern.js'
import { BREAKINGS, keyOf, notebook } from './breakings.js'
import { startTraffic } from './traffic.js'

const command = useCommandLine()
const site = () => command.site()

/** Audits the stores two minutes later, when all that was made is settled. */
async function audit({ fix = false, pause = async () => {} } = {}) {
  const { context } = site()
  const found: { finding: Finding; isMended: boolean }[] = []
  const later = { ...context, clock: () => context.clock() + 120 }
  const report = (finding: Finding, isMended: boolean) => void found.push({ finding, isMended })
  const sum = await auditStores(later, { fix, pause, report })
  const names = (all: typeof found) =>
    [...new Set(all.map(({ finding }) => `${finding.check} ${finding.subject}`))].sort()
  return { ...sum, names: names(found), mended: names(found.filter(({ isMended }) => isMended)), findings: found }
}

/** Tokens of every kind that are in order. */
async function living(): Promise<string[]> {
  const [session, user] = [await site().session('ada'), await site().token('ada', { scopes: ['read:tap'] })]
  const children = [await notebook(site(), session), await notebook(site(), user)]
  return [session, user, ...children.map(formatToken)]
}

/** Asks for each token, without the caches. */
async function statuses(tokens: readonly string[]): Promise<number[]> {
  site().context.tokenCache.invalidate(tokens.map(keyOf))
  const answers = await Promise.all(
    tokens.map((token) =>
      request(site().server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer ${token}` }),
    ),
  )
  return answers.map(({ status }) => status)
}

/** Breaks the stores in these ways, and holds the audit to what it must find and mend. */
async function breakAndMend(ways: readonly string[]): Promise<void> {
  const tokens = await living()
  const broken = []
  for (const way of ways) {
    const breaking = BREAKINGS[way]
    if (breaking) broken.push(await breaking(site()))
  }
  const expected = broken.flatMap(({ found }) => found)
  const namesOf = (some: typeof expected) => [...new Set(some.map((each) => each.join(' ')))].sort()
  expect((await audit()).names).toEqual(namesOf(expected))
  expect((await audit()).names).toEqual(namesOf(expected))
  const left = namesOf(expected.filter(([check]) => !CHECKS[check].isMended))
  const mended = await audit({ fix: true })
  expect(mended.mended).toEqual(expect.arrayContaining(namesOf(expected.filter(([check]) => CHECKS[check].isMended))))
  expect(mended.left).toBe(left.length)
  expect((await audit()).names).toEqual(left)
  for (const { undo } of broken) await undo?.()
  expect((await audit()).names).toEqual([])
  expect(await statuses(tokens)).toEqual(tokens.map(() => 200))
}

describe('the audit of the stores', () => {
  it('has a breaking for every check', async () => {
    await breakAndMend(Object.keys(BREAKINGS))
    const { rows } = await site().context.postgres.pool.query(
      "SELECT DISTINCT (event::jsonb #>> '{postern,object,id}') AS id FROM audit_event WHERE action = 'store.repair'",
    )
    expect(rows.map(({ id }) => id).sort()).toEqual(CHECK_NAMES.filter((name) => CHECKS[name].isMended).sort())
  })

  it('finds each of several breakings by its name, mends what it says, and is clean then', async () => {
    const ways = fc.uniqueArray(fc.constantFrom(...Object.keys(BREAKINGS)), { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(ways, breakAndMend), { numRuns: process.env.NIGHTLY ? 60 : 6 })
  })

  it('finds nothing wrong beside users who sign in and out, make, delegate and revoke tokens', async () => {
    const tokens = await living()
    const traffic = await startTraffic(site())
    try {
      for (let audits = 0; audits < 5; audits++) {
        const before = traffic.count()
        const { names } = await audit({ fix: true, pause: traffic.settled })
        expect(names).toEqual([])
        await eventually(async () => expect(traffic.count()).toBeGreaterThan(before + 3))
      }
    } finally {
      await traffic.stop()
    }
    expect((await audit({ fix: true })).names).toEqual([])
    expect(await statuses(tokens)).toEqual(tokens.map(() => 200))
  })

  it('deletes nothing as forged with a master secret that has sealed nothing', async () => {
    const tokens = await living()
    const { context } = site()
    const found: boolean[] = []
    const other = { ...context, keys: deriveKeys([new Secret('y'.repeat(32))]) }
    const options = {
      fix: true,
      pause: async () => {},
      report: (_: Finding, isMended: boolean) => void found.push(isMended),
    }
    expect((await auditStores(other, options)).left).toBeGreaterThan(0)
    expect(found.some((isMended) => isMended)).toBe(false)
    expect(await statuses(tokens)).toEqual(tokens.map(() => 200))
  })
})

describe('postern audit stores', () => {
  it('says what it finds, changes nothing without --fix, and exits with 1 until nothing is left', async () => {
    const { redis } = site().context
    const key = keyOf(await site().session('grace'))
    await redis.zrem('postern:sessions:grace', key)
    const looked = await command.run(['audit', 'stores'])
    expect(looked).toEqual({ code: 1, output: expect.stringContaining(`${key}  grace  --fix mends it`) })
    expect(looked.output).toContain(`error index-missing: ${CHECKS['index-missing'].says}.`)
    expect(await redis.zrange('postern:sessions:grace', '0', '-1')).not.toContain(key)
    const mended = await command.run(['audit', 'stores', '--fix', '--json'])
    expect(mended.code).toBe(0)
    expect(
      mended.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { check: 'index-missing', subject: key, owner: 'grace', severity: 'error', mendable: true, mended: true },
      { found: 1, left: 0 },
    ])
    expect(await redis.zrange('postern:sessions:grace', '0', '-1')).toContain(key)
    expect(await command.run(['audit', 'stores'])).toEqual({ code: 0, output: 'The stores are in order.\n' })
  })
})
