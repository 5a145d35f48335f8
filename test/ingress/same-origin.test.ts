import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

byEachParser((checkParser) => {
  let postern: RunningPostern
  let cookie: string

  beforeAll(async () => {
    postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { checkParser } })
    cookie = `__Host-postern=${await postern.session('ada')}`
  })
  afterAll(() => postern.stop())

  const EVIL = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
  const BESIDE = { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.example.org' }
  const OURS = { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://data.example.org' }
  const SERVICE = { 'X-Original-URL': 'https://nb.example.org/api', Origin: 'https://nb.example.org' }

  async function ask(query: string, method: string, headers: Record<string, string>) {
    const { status, headers: answer } = await kept(postern.server)
      .get(`/ingress/auth?scope=read:tap&${query}`)
      .set({ ...ASKED, 'X-Original-Method': method, ...headers })
    return [status, answer['x-auth-request-user']]
  }

  const ADA = [200, 'ada']
  const REFUSED = [401, undefined]

  describe('a location with same_origin=true', () => {
    // biome-ignore format: a table reads in columns
    it.each([
    ['POST',   'a page of another site',              EVIL,    REFUSED],
    ['DELETE', 'a page beside the site',              BESIDE,  REFUSED],
    ['POST',   'a sandbox',                           { Origin: 'null' }, REFUSED],
    ['POST',   'a page of the site',                  OURS,    ADA],
    ['POST',   'a page of the service, on a host of its own', SERVICE, ADA],
    ['POST',   'a page beside the service',           { ...SERVICE, Origin: 'https://blog.example.org' }, REFUSED],
    ['POST',   'a program',                           {},      ADA],
    ['GET',    'a page of another site',              EVIL,    ADA],
    ['GET',    'a WebSocket of a page of another site', { ...EVIL, Upgrade: 'websocket' }, REFUSED],
    ['GET',    'a WebSocket of which the proxy dropped Upgrade', { ...EVIL, 'Sec-WebSocket-Key': 'x' }, REFUSED],
    ['GET',    'a WebSocket that its mode alone shows', { ...BESIDE, 'Sec-Fetch-Mode': 'websocket' }, REFUSED],
    ['GET',    'a WebSocket of a page of the site, as such a proxy passes it', { ...OURS, 'Sec-WebSocket-Key': 'x' }, ADA],
    ['GET',    'a WebSocket of a page of the site',   { ...OURS, Upgrade: 'websocket' }, ADA],
  ])('takes the cookie of a %s from %s for what it is', async (method, _from, headers, expected) => {
    expect(await ask('same_origin=true', method, { Cookie: cookie, ...(headers as Record<string, string>) })).toEqual(expected)
  })

    it('still takes a token from a header: no page of another site can send one', async () => {
      const token = await postern.token('ada')
      expect(
        await ask('same_origin=true', 'POST', { ...EVIL, Cookie: cookie, Authorization: `Bearer ${token}` }),
      ).toEqual(ADA)
    })
  })

  it.each([EVIL, BESIDE])('Any other location takes cookies as Gafaelfawr does (%j)', async (from) => {
    expect(await ask('', 'POST', { ...from, Cookie: cookie })).toEqual(ADA)
  })
})
