import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { parse } from 'yaml'
import type { EpochSeconds } from '../../../server/core/time.js'
import { idleEnd, idleLimits } from '../../../server/core/token/idle-timeout.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { findPostgresToken } from '../../../server/storage/postgres/find-token.js'
import { warnOwners } from '../../../server/tokens/warn-owners.js'
import { ENGLISH } from '../../../server/words/words.js'
import { chanceOf } from '../../support/chance.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { TOKEN } from '../support/site.js'

const DAY = 86_400
const chance = chanceOf(17)

const shipped = (name: string): object => parse(readFileSync(`deploy/config/${name}.yaml`, 'utf8')).tokenPolicy ?? {}

/** The policies that Postern ships with, and those that differ from them in what a form can get wrong. */
const POLICIES = {
  'of no site in particular': {},
  "of MAST's preset": shipped('mast'),
  "of Rubin's preset": shipped('rubin'),
  "of GitHub's preset": shipped('github'),
  'with an end for services': { service: { maximum: '60d' }, choices: ['7d', '90d', 'never'], default: 'never' },
  'with a wide spread': { user: { maximum: '90d', spread: '30d' }, service: { maximum: '40d', spread: '20d' } },
  'with an idle timeout alone': { user: { idle: '3d' }, service: { idle: '10d' } },
  'with ends within the hour': { user: { maximum: '50m', idle: '10m' }, choices: ['20m'] },
}

describe.each(Object.entries(POLICIES))('under the policy %s', (_name, tokenPolicy) => {
  let site: RunningPostern
  let ada: Visitor
  let admin: Visitor
  let next = 0

  beforeAll(async () => {
    site = await startPostern({ settings: { tokenPolicy } })
    ada = await signedIn(site, 'ada')
    admin = await signedIn(site, 'root-admin', ['admins'])
  })
  afterAll(() => site.stop())

  const iso = (at: EpochSeconds) => new Date(at * 1000).toISOString().replace('.000Z', 'Z')

  /** The instants that a page names and that are still to come. */
  const future = (html: string) =>
    [...new Set([...html.matchAll(/<time datetime="([^"]+)"/g)].map(([, at]) => String(at)))]
      .filter((at) => Date.parse(at) / 1000 > site.now())
      .sort()

  const choicesOf = (html: string) =>
    [...html.matchAll(/name="expires" value="([^"]+)"/g)].map(([, value]) => String(value))

  const readEnds = async (token: string) => {
    const stored = await findPostgresToken(site.context.postgres, token.slice(3, 25) as TokenKey)
    if (!stored) throw new Error('The token is not there')
    const { record } = stored
    const idle = idleEnd(record, idleLimits(site.context.settings))
    const sooner = idle !== undefined && idle < (record.expires ?? Number.POSITIVE_INFINITY) ? [idle] : []
    const ends = [...sooner, ...(record.expires === undefined ? [] : [record.expires])]
    return { record, ends: ends.map(iso) }
  }

  const minutes = (at: EpochSeconds) => iso(at).slice(0, 16)

  /** Sends the form with each of its choices, and some dates that the policy may or may not allow. */
  async function createAll(visitor: Visitor, path: string, named: () => Record<string, string>) {
    const { text } = await visitor.get(`${path}/new`)
    const choices = choicesOf(text).filter((value) => value !== 'at')
    expect(choices.length).toBeGreaterThan(0)
    const dates = [1, 40, 2000].map((days) => minutes(site.now() + chance.between(1800, days * DAY)))
    const sent = [
      ...choices.map((expires) => ({ expires })),
      ...dates.map((date) => ({ expires: 'at', expires_at: date, tz_offset: '0' })),
    ]
    const made: { readonly page: string; readonly token: string }[] = []
    for (const fields of sent) {
      const { status, text: page } = await visitor.post(path, { ...named(), scope: 'read:tap', ...fields })
      // A date beyond the policy is refused, and never cut in silence.
      if (status === 422 && fields.expires === 'at') continue
      expect([fields, status]).toEqual([fields, 201])
      made.push({ page, token: TOKEN.exec(page)?.[0] ?? '' })
    }
    return made
  }

  it('the page of a new token, its own page, the list and the API name the same ends', async () => {
    for (const { page, token } of await createAll(ada, '/auth/tokens', () => ({ name: `t-${next++}` }))) {
      const { record, ends } = await readEnds(token)
      expect(future(page)).toEqual(ends)
      for (const path of [`/auth/tokens/${record.key}`, '/auth/tokens']) {
        const { text } = await ada.get(path)
        for (const each of ends) expect(text).toContain(each)
      }
      const { body } = await request(site.server)
        .get('/auth/api/v1/token-info')
        .set({ Host: site.context.settings.baseUrl.host, Authorization: `Bearer ${token}` })
      expect(body.expires).toEqual(record.expires)
    }
  })

  it("the page of a service's new token and the list of administrators do, too", async () => {
    const named = () => ({ username: `bot-${next++}` })
    for (const { page, token } of await createAll(admin, '/auth/admin/service-tokens', named)) {
      const { ends } = await readEnds(token)
      expect(future(page)).toEqual(ends)
      const list = (await admin.get('/auth/admin/service-tokens')).text
      for (const each of ends) expect(list).toContain(each)
    }
  })

  it('and the mail before the end of a token names the first of them', async () => {
    const made = await createAll(ada, '/auth/tokens', () => ({ name: `mail-${next++}` }))
    const letters: string[] = []
    const expected = new Map<string, string>()
    for (const { token } of made) {
      const { record, ends } = await readEnds(token)
      const [first] = ends
      // No mail tells of a token that was made to end soon.
      if (first !== undefined && Date.parse(first) / 1000 > site.now() + 8 * DAY && record.name !== undefined)
        expected.set(record.name, ENGLISH.moment(Date.parse(first) / 1000, site.now()).exact)
    }
    for (let day = 0; day < 100; day++) {
      site.advance(DAY)
      await warnOwners(site.context, async ({ text }) => void letters.push(text))
    }
    const mailed = [...letters.join('').matchAll(/^ {2}(\S+)\n {2}\S+ on (.+? UTC)/gm)]
    for (const [name, end] of expected) {
      const told = mailed.filter(([, called]) => called === name).map(([, , at]) => at)
      if (Date.parse(end) / 1000 < site.now()) expect([name, new Set(told)]).toEqual([name, new Set([end])])
    }
  })
})
