import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { grantAccess, removeAccess } from '../../server/programs/manage.js'
import { assertRefused } from '../support/assert-refused.js'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern } from '../support/postern.js'
import { savePerson } from '../support/save-person.js'
import { EXCLUSIVE, load, startArchive } from '../support/stores/archive.js'

byEachParser((checkParser) => {
  const REALM = 'Bearer realm="data.example.org"'
  const NOT_YOURS = `${REALM}, error="insufficient_scope", error_description="These data are still reserved for the investigators of their program and the users they gave access to"`

  let postern: RunningPostern
  let ada: string
  let adaTap: string
  let grace: string

  beforeAll(async () => {
    postern = await startArchive({ baseUrl: 'https://data.example.org', settings: { checkParser } })
    ada = await postern.token('ada', { scopes: [EXCLUSIVE] })
    adaTap = await postern.token('ada')
    grace = await postern.token('grace', { scopes: [EXCLUSIVE] })
    await load(
      postern,
      { id: 'open', public: true },
      { id: 'over', period_end: postern.now() - 1 },
      { id: 'closed', public: false, investigators: [{ username: 'ada', role: 'pi' }] },
      { id: 'by-mail', public: false, investigators: [{ email: 'Grace@Example.org', role: 'pi' }] },
    )
  })
  afterAll(() => postern.stop())

  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const ask = (query: string, headers: Record<string, string> = {}, path = '/data/x') =>
    kept(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, 'X-Original-URL': `https://data.example.org${path}`, ...headers })
  const seen = async (asked: ReturnType<typeof ask>) => {
    const { status, headers } = await asked
    return { status, user: headers['x-auth-request-user'], anonymous: headers['x-auth-request-anonymous'] }
  }
  const anonymous = { status: 200, user: undefined, anonymous: 'true' }
  const as = (user: string) => ({ status: 200, user, anonymous: undefined })

  describe('data that are public', () => {
    it.each([
      ['to the anonymous', () => ({}), anonymous],
      ['to a stale token', () => bearer('gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'), anonymous],
      ['to what is no token', () => bearer('None'), anonymous],
      ['to a dead cookie', () => ({ Cookie: 'postern=stale' }), anonymous],
      ['to a token without the scope, as its owner', () => bearer(adaTap), as('ada')],
      ['to a signed-in user, under their own name', () => bearer(grace), as('grace')],
    ])('are open %s', async (_what, headers, expected) => {
      for (const program of ['open', 'over']) expect(await seen(ask(`program=${program}`, headers()))).toEqual(expected)
    })

    it('go on without our tokens, and with no challenge: there is nothing more to be had', async () => {
      const { headers } = await ask('program=open', {
        Authorization: `Bearer ${ada.slice(0, 26)}${'A'.repeat(22)}`,
        Cookie: 'postern=x; a=1',
      })
      expect(headers).not.toHaveProperty('authorization')
      expect(headers.cookie).toBe('a=1')
      expect(headers).not.toHaveProperty('www-authenticate')
    })

    it('are refused to a bad token where the location is strict', async () => {
      expect((await ask('program=open&optional=strict', bearer('gt-bad'))).status).toBe(401)
      expect(await seen(ask('program=open&optional=strict'))).toEqual(anonymous)
    })
  })

  describe('data that are not public yet', () => {
    it.each([
      ['open to an investigator by user name', 'closed', () => bearer(ada), as('ada')],
      ['open to an investigator by address, in any capitals', 'by-mail', () => bearer(grace), as('grace')],
      ['shut to a stranger with the scope', 'closed', () => bearer(grace), { status: 403 }],
      ['shut to the investigator’s other tokens', 'closed', () => bearer(adaTap), { status: 403 }],
      ['shut to the anonymous', 'closed', () => ({}), { status: 401 }],
      [
        'shut to the anonymous where a service also serves anonymous requests',
        'closed&optional=true',
        () => ({}),
        { status: 401 },
      ],
      [
        'shut to strangers where a service also serves anonymous requests',
        'closed&optional=true',
        () => bearer(grace),
        { status: 403 },
      ],
      ['shut when one of several programs is not theirs', 'closed&program=by-mail', () => bearer(ada), { status: 403 }],
      ['open when of several programs all are theirs or public', 'closed&program=open', () => bearer(ada), as('ada')],
      ['shut to the anonymous when one of several is not public', 'open&program=closed', () => ({}), { status: 401 }],
      [
        'shut to those who lack what the location asks besides',
        'closed&scope=exec:portal',
        () => bearer(ada),
        { status: 403 },
      ],
    ])('are %s', async (_what, program, headers, expected) => {
      const { status, ...rest } = await seen(ask(`program=${program}`, headers()))
      expect(status === 200 ? { status, ...rest } : { status }).toEqual(expected)
    })

    it('name the users they are for; and to a token without the scope, only the scope', async () => {
      assertRefused(await ask('program=closed', bearer(grace)), {
        status: 403,
        code: 'insufficient_scope',
        challenge: NOT_YOURS,
      })
      const challenge = `${REALM}, error="insufficient_scope", error_description="Token missing required scope", scope="${EXCLUSIVE}"`
      assertRefused(await ask('program=closed', bearer(adaTap)), { status: 403, code: 'insufficient_scope', challenge })
      assertRefused(await ask('program=closed'), { status: 401, code: 'no_authorization', challenge: REALM })
    })

    it('are public from the very second at which the period ends, without an act of the operator', async () => {
      await load(postern, { id: 'ends-soon', period_end: postern.now() + 1000 })
      expect((await ask('program=ends-soon')).status).toBe(401)
      // The clock goes on, too, and on a busy machine by more than a second.
      postern.advance(940)
      expect((await ask('program=ends-soon')).status).toBe(401)
      postern.advance(60)
      expect(await seen(ask('program=ends-soon'))).toEqual(anonymous)
      postern.advance(-1000)
    })

    it('are open to a delegated token of a user who may read them, if it was given the scope', async () => {
      const session = await postern.session('ada')
      const delegated = async (scope: string) =>
        String((await ask(`delegate_to=tap&delegate_scope=${scope}`, bearer(session))).headers['x-auth-request-token'])
      expect(await seen(ask('program=closed', bearer(await delegated(EXCLUSIVE))))).toEqual(as('ada'))
      expect((await ask('program=closed', bearer(await delegated('read:tap')))).status).toBe(403)
    })
  })

  describe('a grant by e-mail address', () => {
    const pi = { username: 'ada', scopes: ['user:token'] as never[], mayChange: true, actor: { username: 'ada' } }
    const provider = async (username: string, email: string, emailVerified: boolean) => {
      await savePerson(postern.context, 'x', { username, email, ...(emailVerified && { emailVerified }) }, 1)
    }

    it('counts from the moment it is made to the moment it is taken back', async () => {
      expect((await ask('program=closed', bearer(grace))).status).toBe(403)
      await grantAccess(postern.context, pi, 'closed', 'GRACE@example.ORG')
      expect(await seen(ask('program=closed', bearer(grace)))).toEqual(as('grace'))
      await removeAccess(postern.context, pi, 'closed', 'grace@example.org')
      expect((await ask('program=closed', bearer(grace))).status).toBe(403)
    })

    it('waits for the user who will have the address, and admits no user who only claims it', async () => {
      await grantAccess(postern.context, pi, 'closed', 'eve@example.net')
      const eve = await postern.token('eve', { scopes: [EXCLUSIVE] })
      await postern.context.postgres.prisma.account.delete({ where: { username: 'eve' } })
      expect((await ask('program=closed', bearer(eve))).status).toBe(403)
      await provider('eve', 'eve@example.net', false)
      expect((await ask('program=closed', bearer(eve))).status).toBe(403)
      await provider('eve', 'eve@example.net', true)
      expect(await seen(ask('program=closed', bearer(eve)))).toEqual(as('eve'))
      await provider('eve', 'eve@elsewhere.example', true)
      expect((await ask('program=closed', bearer(eve))).status).toBe(403)
    })
  })

  describe('deny_as', () => {
    const denied = { code: 'insufficient_scope', challenge: NOT_YOURS }

    it.each([
      ['401, which astroquery shows its guidance for', 401, 401],
      ['403', 403, 403],
      ['404, which nginx is told beside a 403', 404, 403],
    ] as const)('refuses those who are signed in and may not with %s', async (_what, denyAs, status) => {
      const response = await ask(`program=closed&deny_as=${denyAs}`, bearer(grace))
      assertRefused(response, { ...denied, status, trueStatus: denyAs })
    })

    it('refuses a token without the scope likewise, with programs or without', async () => {
      for (const what of ['program=closed', 'scope=exec:portal'])
        expect((await ask(`${what}&deny_as=401`, bearer(adaTap))).status).toBe(401)
    })

    it('changes nothing for the anonymous, for bad tokens and for those who may', async () => {
      expect((await ask('program=closed&deny_as=404')).status).toBe(401)
      expect((await ask('program=closed&deny_as=404', bearer('gt-bad'))).status).toBe(401)
      expect(await seen(ask('program=closed&deny_as=404', bearer(ada)))).toEqual(as('ada'))
    })

    it('is told with its own status to proxies that pass on any', async () => {
      const headers = { 'X-Forwarded-Method': 'GET', ...bearer(grace) }
      const response = await request(postern.server).get('/ingress/forward?program=closed&deny_as=404').set(headers)
      expect(response.status).toBe(404)
    })
  })

  describe('an unknown program', () => {
    it.each([
      ['program=unknown', '/data/x'],
      ['program=from_url', '/data/unknown/a.fits'],
      ['program=from_url', '/elsewhere/a.fits'],
      ['program=from_url', '/data/CLOSED/a.fits'],
      ['program=open&program=unknown', '/data/x'],
      ['program=unknown&optional=true', '/data/x'],
    ])('refuses every user: %s for %s', async (query, path) => {
      for (const headers of [{}, bearer(ada)]) {
        const response = await ask(query, headers, path)
        expect([response.status, response.headers['x-error-status']]).toEqual([403, '403'])
        expect(response.headers).not.toHaveProperty('x-auth-request-user')
      }
    })
  })

  describe('the program in the path', () => {
    it.each([
      ['/data/closed/a.fits', 401],
      ['/data/open/a.fits', 200],
      ['/data/open/a.fits?file=/data/closed/a.fits', 200],
      ['/data/%63losed/a.fits', 401],
    ])('%s decides: %i', async (path, status) => {
      expect((await ask('program=from_url', {}, path)).status).toBe(status)
    })

    it.each([
      '/data/open/../closed/a.fits',
      '/data/open/%2e%2e/closed/a.fits',
      '/data/open/..%2fclosed/a.fits',
      '/data/open%2f..%2fclosed/a.fits',
      '/data/open/..;/closed/a.fits',
      '/data/open;/../closed/a.fits',
      '/data/open//data/closed/a.fits',
      '//data/open/../data/closed/a.fits',
      '/data/open\\..\\closed/a.fits',
      '/data/open/%252e%252e/closed/a.fits',
      '/data/open/%c0%ae%c0%ae/closed/a.fits',
      '/data/open/x#/../../closed/a.fits',
    ])('gives no access to closed data by way of open ones: %s', async (path) => {
      for (const headers of [{}, bearer(grace)]) expect((await ask('program=from_url', headers, path)).status).toBe(403)
    })
  })

  describe('the program in a parameter', () => {
    const download = (query: string) => `/api/v0.1/Download/file?${query}`
    const asks = 'program=from_url&program_parameter=uri'

    it.each([
      ['uri=mast:closed/a.fits', 401],
      ['uri=mast:open/a.fits', 200],
      ['uri=mast%3Aclosed%2Fa.fits', 401],
      ['bundle_name=x.sh&uri=mast:open/a.fits', 200],
      ['uri=mast:open/a.fits&file=mast:closed/a.fits', 200],
    ])('%s decides: %i', async (query, status) => {
      expect((await ask(asks, {}, download(query))).status).toBe(status)
    })

    it('is for its investigators', async () => {
      expect(await seen(ask(asks, bearer(ada), download('uri=mast:closed/a.fits')))).toEqual(as('ada'))
      expect((await ask(asks, bearer(grace), download('uri=mast:closed/a.fits'))).status).toBe(403)
    })

    it.each([
      download('uri=mast:open/a.fits&uri=mast:closed/a.fits'),
      download('uri=mast:open/a.fits&URI=mast:closed/a.fits'),
      download('uri=mast:open/a.fits;uri=mast:closed/a.fits'),
      download('%75ri=mast:closed/a.fits&uri=mast:open/a.fits'),
      download('uri=mast:open/../closed/a.fits'),
      download('uri=mast:OPEN/a.fits'),
      download('URI=mast:open/a.fits'),
      download('file=/data/open/a.fits'),
      '/data/open/a.fits',
      '/api/v0.1/x/../Download/file?uri=mast:open/a.fits',
    ])('gives no access to closed data by way of open ones: %s', async (path) => {
      for (const headers of [{}, bearer(grace)]) expect((await ask(asks, headers, path)).status).toBe(403)
    })

    it('is not read of a request that may have another in its body', async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'QUERY']) {
        const asked = ask(asks, { 'X-Original-Method': method }, download('uri=mast:open/a.fits'))
        expect((await asked).status).toBe(403)
      }
      const asked = ask(asks, { 'X-Original-Method': 'HEAD' }, download('uri=mast:open/a.fits'))
      expect(await seen(asked)).toEqual(anonymous)
    })

    it('has to have a pattern, or every user is refused', async () => {
      const response = await ask(asks.replace('uri', 'name'), bearer(ada), download('name=mast:open/a.fits'))
      expect([response.status, response.body.detail]).toEqual([
        422,
        [
          expect.objectContaining({
            type: 'invalid_program',
            msg: expect.stringContaining('programs.parameters.name'),
          }),
        ],
      ])
    })
  })

  it('a location for programs at a site that has none is an error, and refuses every user', async () => {
    const without = await startArchive({ settings: { programs: undefined } })
    const response = await request(without.server).get('/ingress/auth?program=open').set(ASKED)
    expect(response.status).toBe(422)
    expect(response.body.detail).toEqual([
      expect.objectContaining({ loc: ['query', 'program'], type: 'invalid_program' }),
    ])
    await without.stop()
  })
})
