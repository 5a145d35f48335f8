import { beforeAll, describe, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { ARCHIVE_PROXIES, ARCHIVE_SETTINGS, EXCLUSIVE, load, shippedArchive } from '../support/stores/archive.js'

const tokenPolicy = { user: { maximum: '60d', idle: '10d' } }

describe.each(ARCHIVE_PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'an archive’s files', () => {
    const { site, arrived, get } = useEchoSite(proxy, {
      services: shippedArchive(proxy),
      settings: { ...ARCHIVE_SETTINGS, tokenPolicy },
    })
    let ada: string
    let grace: string

    beforeAll(async () => {
      const { postern } = site()
      ada = await postern.token('ada', { scopes: [EXCLUSIVE] })
      grace = await postern.token('grace', { scopes: [EXCLUSIVE] })
      const investigators = [{ username: 'ada', role: 'pi' }]
      await load(postern, { id: 'open', public: true }, { id: 'closed', public: false, investigators })
    })

    const as = (token: string) => ['--oauth2-bearer', token]

    it('are served to every client where they are public, without an identity', async () => {
      const forged = ['-H', 'X-Auth-Request-User: root', '-H', 'X-Auth-Request-Anonymous: no']
      for (const words of [[], as('None'), as(`${ada.slice(0, 26)}${'A'.repeat(22)}`)]) {
        expect((await get('/data/open/a.fits', ...words, ...forged)).status).toBe(200)
      }
      expect(arrived()).toHaveLength(3)
      for (const { headers, url } of arrived()) {
        expect([url, headers['x-auth-request-anonymous'], headers['x-auth-request-user'] ?? '']).toEqual([
          '/data/open/a.fits',
          'true',
          '',
        ])
      }
      expect(JSON.stringify(arrived())).not.toContain('gt-')
    })

    it('are served to those who belong to their program, as themselves', async () => {
      expect((await get('/data/closed/a.fits', ...as(ada), '-H', 'X-Auth-Request-Anonymous: true')).status).toBe(200)
      expect(arrived()[0]?.headers['x-auth-request-user']).toBe('ada')
      expect(arrived()[0]?.headers['x-auth-request-anonymous'] ?? '').toBe('')
    })

    it('come with the ends of the token that they were had with', async () => {
      const { headers } = await get('/data/closed/a.fits', ...as(ada))
      for (const name of ['x-token-expires', 'x-token-idle-expires']) {
        expect(headers.get(name)).toEqual([expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)])
      }
    })

    it('are where astroquery can ask who it is', async () => {
      expect(JSON.parse((await get('/whoami', '-b', `mast_token=${ada}`)).body)).toMatchObject({ anon: true })
      expect(JSON.parse((await get('/whoami', ...as(ada))).body)).toMatchObject({ anon: false, ezid: 'ada' })
      expect((await get('/token?suggested_name=Astroquery')).status).toBe(303)
    })

    it('are refused to others with the 401 for which astroquery says what to do, and a challenge', async () => {
      for (const words of [[], as(grace)]) {
        const answer = await get('/data/closed/a.fits', ...words)
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toEqual([expect.stringMatching(/^Bearer realm="127.0.0.1"/)])
      }
      expect(arrived()).toEqual([])
    })

    it('of an unknown program are served to no client', async () => {
      expect((await get('/data/unknown/a.fits', ...as(ada))).status).toBe(401)
      expect(arrived()).toEqual([])
    })

    const FILE = '/api/v0.1/Download/file'
    const script = `${FILE}?bundle_name=MAST_2025-10-28T1610.sh&uri=mast:closed/a.fits`
    const downloads = [
      script,
      '/data/closed/a.fits',
      `${FILE}?uri=mast:closed/a.fits`,
      `${FILE}/?uri=mast%3Aclosed%2Fa.fits`,
    ]
    const missions = '/search/jwst/api/v0.1/retrieve_product?product_name=closed%2Fa.fits'

    it.each([...downloads, missions])(
      'are at the addresses of MAST’s downloads, for the same users: %s',
      async (path) => {
        for (const words of [as(ada), ['-H', `Authorization: token ${ada}`]]) {
          expect((await get(path, ...words)).status).toBe(200)
        }
        expect(arrived().map(({ url, headers }) => [url, headers['x-auth-request-user']])).toEqual(
          Array.from({ length: 2 }, () => [path, 'ada']),
        )
        for (const words of [[], as(grace)]) expect((await get(path, ...words)).status).toBe(401)
        expect(arrived()).toHaveLength(2)
        expect((await get(path.replace('closed', 'open'), '-I')).status).toBe(200)
      },
    )

    it('can be found by every client, and not fetched by the bundle', async () => {
      expect((await get('/api/v0/invoke', '-d', 'request=1', ...as(ada))).status).toBe(200)
      expect((await get('/api/v0.1/Download/bundle.sh', '-d', 'uri=mast:closed/a.fits')).status).toBe(200)
      expect((await get('/search/jwst/api/v0.1/search', '-d', '{}')).status).toBe(200)
      expect((await get('/portal/Mashup/Mashup.asmx/columnsconfig', '-d', '{}')).status).toBe(200)
      for (const { headers } of arrived()) expect(headers['x-auth-request-anonymous']).toBe('true')
      for (const closed of ['/api/v0.1/Download/bundle', '/search/jwst/api/v0.1/other', '/whoami/other'])
        expect((await get(closed, '-d', 'uri=mast:closed/a.fits')).status).toBe(404)
      expect(arrived()).toHaveLength(4)
    })

    it.each([
      'uri=mast:open/a.fits&uri=mast:closed/a.fits',
      'uri=mast:closed/a.fits&uri=mast:open/a.fits',
      'URI=mast:closed/a.fits&uri=mast:open/a.fits',
      'uri=mast:open/a.fits;uri=mast:closed/a.fits',
      '%75ri=mast:closed/a.fits&uri=mast:open/a.fits',
      'uri[]=mast:closed/a.fits&uri=mast:open/a.fits',
      'a=b%26uri=mast:closed/a.fits&uri=mast:open/a.fits',
      'uri=mast:open/..%2fclosed/a.fits',
      'uri=mast:closed/a.fits%00&uri=mast:open/a.fits',
      'uri=mast:closed/a.fits#&uri=mast:open/a.fits',
      'uri=mast:open/a.fits?uri=mast:closed/a.fits',
    ])('are not served by another spelling of a parameter: %s', async (query) => {
      await get(`${FILE}?${query}`, '--path-as-is', '-g', ...as(grace))
      // curl itself cuts the number sign off.
      for (const { url } of arrived()) expect(url).toBe(`${FILE}?uri=mast:open/a.fits`)
    })

    it.each([
      ['of a known length', []],
      ['in pieces', ['-H', 'Transfer-Encoding: chunked']],
    ])('are not served for a body %s', async (_what, words) => {
      for (const method of ['GET', 'POST'])
        await get(`${FILE}?uri=mast:open/a.fits`, '-X', method, ...words, '-d', 'uri=mast:closed/a.fits', ...as(grace))
      expect(JSON.stringify(arrived())).not.toContain('closed')
    })

    it.each([
      '/data/open/../closed/a.fits',
      '/data/open/%2e%2e/closed/a.fits',
      '/data/open/%2e%2e%2fclosed/a.fits',
      '/data/open%2f..%2fclosed/a.fits',
      '/data/open/..;/closed/a.fits',
      '/data/open/..%3b/closed/a.fits',
      '/data//closed/a.fits',
      '/data/open//../closed/a.fits',
      '/data/open/%252e%252e/closed/a.fits',
      '/data/open/..%5cclosed/a.fits',
      '/data/open/%c0%ae%c0%ae/closed/a.fits',
      '/data/open?/../closed/a.fits',
    ])('are not served by another spelling: %s', async (path) => {
      await get(path, '--path-as-is', ...as(grace))
      for (const { url } of arrived()) expect(url.split('?')[0]).toMatch(/^\/data\/open/)
      for (const { url } of arrived()) expect(url.split('?')[0]).not.toContain('closed')
    })
  })
})
