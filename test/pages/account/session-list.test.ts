import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { formatToken, type Token } from '../../../server/core/token/token.js'
import { openSession } from '../../../server/tokens/open-session.js'
import { USAGE_WRITE_LAG } from '../../../server/tokens/usage-recorder.js'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({
    settings: {
      sessionIdleLifetime: '1h',
      localAccounts: true,
      cilogon: { clientId: 'x', clientSecret: 'y' },
      github: { clientId: 'x', clientSecret: 'y' },
    },
  })
})
afterAll(() => postern.stop())

const words = (html: string) =>
  html.replace(/<(?:script|style)[\s\S]*?<\/(?:script|style)>|<[^>]+>/g, ' ').replace(/\s+/g, ' ')

/** The text of each session in the list, newest first. */
async function rows(page: { text: string }): Promise<string[]> {
  const [, section = ''] = /aria-labelledby="web-sessions"([\s\S]*?)<\/section>/.exec(page.text) ?? []
  return section.split('<tr role="row">').slice(2).map(words)
}

function open(username: string, origin: Record<string, string>): Promise<Token> {
  return openSession(postern.context, { username, scopes: [] }, origin)
}

function use(token: Token, address: string, client: string) {
  return request(postern.server)
    .get('/ingress/auth')
    .set({ ...ASKED, Cookie: `postern=${formatToken(token)}`, 'X-Forwarded-For': address, 'User-Agent': client })
}

describe('the list of web sessions', () => {
  it('shows address, browser and provider of each sign-in, and address and browser of the last use', async () => {
    const visitor = await signedIn(postern, 'ada')
    const still = await open('ada', { address: '192.0.2.1', client: FIREFOX, provider: 'cilogon' })
    const travelled = await open('ada', { address: '192.0.2.2', client: FIREFOX, provider: 'github' })
    const gone = await open('ada', { address: '192.0.2.3', client: CHROME, provider: 'a-former-provider' })
    await use(still, '192.0.2.1', FIREFOX)
    await use(travelled, '203.0.113.9', CHROME)
    await postern.context.usage.flush(postern.context)
    const listed = await rows(await visitor.get('/auth/tokens'))
    const rowOf = ({ key }: Token) => listed.find((row) => row.includes(key)) ?? ''
    expect(rowOf(still)).toMatch(/Firefox on Linux .*from 192\.0\.2\.1 .* with CILogon/)
    expect(rowOf(still)).not.toMatch(/ with another browser|from .* from /)
    expect(rowOf(travelled)).toMatch(
      /from 203\.0\.113\.9 with another browser: Chrome on Windows .*from 192\.0\.2\.2 with GitHub/,
    )
    expect(rowOf(gone)).toMatch(/Chrome on Windows .*with a-former-provider/)
    expect(listed.filter((row) => row.includes('This session'))).toEqual([expect.stringContaining('with a password')])
    expect(listed.every((row) => row.includes('Log out'))).toBe(true)
  })

  it('shows the idle timeout of each, and no expired one', async () => {
    const visitor = await signedIn(postern, 'grace')
    const idle = await open('grace', {})
    postern.advance(3000)
    await visitor.get('/auth/tokens')
    await postern.context.usage.flush(postern.context)
    const [first = ''] = (await rows(await visitor.get('/auth/tokens'))).filter((row) => row.includes(idle.key))
    expect(first).toMatch(/Ends .*(?:9|10) minutes/)
    postern.advance(600 + USAGE_WRITE_LAG + 1)
    const left = await rows(await visitor.get('/auth/tokens'))
    expect([left.length, left.some((row) => row.includes(idle.key))]).toEqual([1, false])
  })
})

it('Where there is one way to sign in, the list does not say which', async () => {
  const plain = await startPostern()
  const visitor = await signedIn(plain, 'ada')
  expect((await visitor.get('/auth/tokens')).text).not.toContain('with a password')
  await plain.stop()
})
