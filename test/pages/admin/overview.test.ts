import { beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { TallyFlusher } from '../../../server/ingress/tally-flusher.js'
import { addTallies } from '../../../server/storage/postgres/tallies/tallies.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const DAY = 86_400

const see = async (path = '') => (await office.admin().agent.get(`/auth/admin${path}`).expect(200)).text
const table = async (what: string): Promise<Record<string, string | number>[]> =>
  (await office.admin().agent.get(`/auth/admin/overview.json?what=${what}`).expect(200)).body
const dayAfter = (days: number) =>
  new Date((Math.floor(office.site().now() / DAY) + days) * DAY * 1000).toISOString().slice(0, 10)

let token: string

beforeAll(async () => {
  const site = office.site()
  token = await site.token('ada', { name: 'topcat' })
  for (let index = 0; index < 3; index++) await office.ask(token, 'scope=read:tap&service=tap').expect(200)
  await office.ask(token, 'scope=exec:admin&service=tap').expect(403)
  await office.ask('gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', 'scope=read:tap').expect(401)
  await site.context.usage.flush(site.context)
  await new TallyFlusher(site.context).flush(site.context)
})

describe('the overview', () => {
  it('shows what became of the checks of a day, as a picture with a sentence', async () => {
    const html = await see()
    expect(html).toContain(
      'role="img" aria-label="In the last 24 hours, 3 checks were admitted, 0 had no credential and 2 were refused."',
    )
    expect(html.match(/<svg class="bars"[^>]*>[\s\S]*?<\/svg>/)?.[0]).toMatch(
      /class="series-admitted" fill="currentColor" d="M[^"]+z"/,
    )
    const checks = await table('checks')
    expect(checks).toHaveLength(24)
    expect(checks.at(-1)).toMatchObject({ admitted: 3, no_credential: 0, refused: 2 })
  })

  it('has no style of its own, which the policy would not apply', async () => {
    expect(await see()).not.toMatch(/ style=|<style/)
  })

  it('shows why checks were refused, and what to do about it', async () => {
    const text = read(await see())
    expect(text).toContain(
      'Permission missing insufficient_scope 1 See what an address needs , and which permission a user lacks.',
    )
    expect(text).toContain('Token not valid invalid_token 1')
    expect(await table('refusals')).toEqual([
      { reason: 'insufficient_scope', count: 1 },
      { reason: 'invalid_token', count: 1 },
    ])
  })

  it('shows each service hour by hour', async () => {
    expect(await see()).toContain('aria-label="tap had the most checks in the last 24 hours: 4. 2 services in all."')
    const rows = await table('services')
    expect(rows.filter(({ service, checks }) => service === 'tap' && checks === 4)).toHaveLength(1)
  })

  it('leaves out what is older than a day, and of refusals older than a week', async () => {
    const { context, now } = office.site()
    const tallies = [{ service: 'long-gone', outcome: 'refused' as const, code: 'rate_limited' as const, count: 7 }]
    const hour = (ago: number) => (Math.floor(now() / 3600) - ago) * 3600
    await addTallies(context.postgres, 'a', { number: 1, hour: hour(24), tallies }, now())
    expect(await see()).not.toContain('long-gone')
    expect(await table('refusals')).toContainEqual({ reason: 'rate_limited', count: 7 })
    await addTallies(context.postgres, 'a', { number: 2, hour: hour(7 * 24 + 1), tallies }, now())
    expect(await table('refusals')).toContainEqual({ reason: 'rate_limited', count: 7 })
  })

  it('counts the tokens that expire day by day, and leads to a list of them', async () => {
    const site = office.site()
    const at = (days: number) => (Math.floor(site.now() / DAY) + days) * DAY + 3600
    for (const [name, days] of Object.entries({ near: 1, far: 30, beyond: 31 }))
      await site.token('ada', { name, expires: at(days) })
    const ending = await table('ending')
    expect(ending).toHaveLength(31)
    expect(ending.filter(({ tokens }) => tokens !== 0)).toEqual([
      { day: dayAfter(1), tokens: 1 },
      { day: dayAfter(30), tokens: 1 },
    ])
    expect(await see()).toContain('2 tokens expire in the next 30 days, 1 within 2 days.')
    expect(await see()).toContain(`href="/auth/admin/ending?day=${dayAfter(30)}"`)
    expect((await see('/ending')).match(/<li class="row">/g)).toHaveLength(2)
    expect((await see(`/ending?day=${dayAfter(30)}`)).match(/<li class="row">/g)).toHaveLength(1)
    expect(read(await see(`/ending?day=${dayAfter(2)}`))).toContain('No token expires then.')
    expect((await see('/ending?day=tomorrow')).match(/<li class="row">/g)).toHaveLength(2)
  })

  it('counts people, tokens and sessions', async () => {
    const site = office.site()
    const before = await numbers()
    await office.ask(await site.token('grace', { expires: site.now() + 40 * DAY })).expect(200)
    await site.context.usage.flush(site.context)
    const [leaving, staying] = [await site.session('grace'), await site.session('grace')]
    await site.context.postgres.pool.query(
      "UPDATE token SET created = created - interval '91 days', last_used = NULL WHERE name = 'far'",
    )
    const after = await numbers()
    expect(after).toEqual({
      people: before.people + 1,
      tokens: before.tokens + 1,
      endless: before.endless,
      unused: before.unused + 1,
      sessions: before.sessions + 2,
    })
    await site.revoke(leaving)
    expect((await numbers()).sessions).toBe(before.sessions + 1)
    await office.ask(staying).expect(200)
  })

  async function numbers() {
    const { postgres, redis, ...counts } = Object.fromEntries(
      (await table('numbers')).map(({ name, value }) => [name, value]),
    ) as Record<string, number>
    expect([postgres, redis]).toEqual(['up', 'up'])
    return counts as Record<'people' | 'tokens' | 'endless' | 'unused' | 'sessions', number>
  }

  it('shows the newest changes', async () => {
    await office.site().token('ada', { name: 'the-newest' })
    expect(await see()).toMatch(/id="newest"[\s\S]*the-newest/)
    expect((await see()).match(/<li class="row told">/g)?.length).toBeLessThanOrEqual(10)
  })

  it.each(['checks', 'refusals', 'ending', 'services', 'numbers'])('has the numbers of %s as CSV', async (what) => {
    const { headers, text } = await office.admin().agent.get(`/auth/admin/overview.csv?what=${what}`).expect(200)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toBe(`attachment; filename=${what}.csv`)
    expect(text.split('\r\n').length - 2).toBe((await table(what)).length)
  })

  it.each(['', '?what=tokens', '?what=toString', '?what=checks&what=ending'])('has no other table: %s', (query) =>
    office.admin().agent.get(`/auth/admin/overview.csv${query}`).expect(404),
  )

  it('is in the language of its reader', async () => {
    const german = await office.admin().agent.get('/auth/admin').set('Accept-Language', 'de')
    expect(read(german.text)).toContain('Prüfungen, letzte 24 Stunden')
  })
})

describe('a user who is no administrator', () => {
  it.each(['', '/overview.csv?what=numbers', '/overview.json?what=numbers', '/ending'])(
    'learns nothing by %s',
    async (path) => {
      const visitor = await signedIn(office.site(), office.someone())
      const [answer, nowhere] = await Promise.all([
        visitor.agent.get(`/auth/admin${path}`),
        visitor.agent.get('/auth/admin/nowhere'),
      ])
      // A page says when it was printed.
      const timeless = (html: string) => html.replace(/<time[\s\S]*?<\/time>/g, '')
      expect([answer.status, timeless(answer.text)]).toEqual([404, timeless(nowhere.text)])
      const anonymous = await request(office.site().server).get(`/auth/admin${path}`)
      expect(anonymous.status).toBe(404)
    },
  )
})
