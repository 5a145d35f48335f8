import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { type Answer, curl, sentence } from '../support/clients/curl.js'
import { eventually } from '../support/eventually.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { hangUp } from '../support/stores/hang-up.js'

describeWith(['nginx', 'curl'], 'Between nginx and Postern', () => {
  let service: Echo
  let site: Site
  let desk: Desk
  let token: string

  beforeEach(async () => {
    service = await startEcho()
    site = await startSite({ tapPort: service.port })
    desk = openDesk()
    token = await site.postern.token('ada')
  }, 180_000)

  afterEach(async () => {
    desk?.clear()
    await site?.stop()
    await service?.stop()
  })

  const get = (path: string, ...words: string[]): Promise<Answer> =>
    curl(desk, '--oauth2-bearer', token, ...words, `${site.url}${path}`)

  it('many checks go over one connection', async () => {
    for (let n = 0; n < 20; n += 1) expect((await get('/tap/sync', '-d', 'x=1')).status).toBe(200)
    expect((await get('/portal/')).status).toBe(403)
    expect(service.arrivals).toHaveLength(20)
    expect(site.relay.connections()).toBe(1)
  })

  const CUT = 'Tokens cannot be checked at the moment, so nothing was let through'

  it.each([
    ['is down', (site: Site) => site.relay.cut()],
    ['hangs', (site: Site) => site.relay.hang()],
  ])('nothing passes while Postern %s, clients get the reason, and all works when it is back', async (_, breakIt) => {
    await breakIt(site)
    const answer = await get('/tap/sync', '-d', 'x=1')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toEqual(['application/x-votable+xml'])
    expect(answer.headers.get('retry-after')).toEqual(['10'])
    expect(sentence(answer)).toContain(CUT)
    expect(service.arrivals).toEqual([])

    await site.relay.mend()
    expect((await get('/tap/sync', '-d', 'x=1')).status).toBe(200)
  })

  it('pages say so as pages, and what is public stays so', async () => {
    await site.relay.cut()
    for (const path of ['/portal/', '/login', '/auth/tokens']) {
      const page = await get(path)
      expect(page.status).toBe(503)
      expect(page.headers.get('content-type')).toEqual(['text/html'])
      expect(page.body).toContain(CUT)
    }
    expect(service.arrivals).toEqual([])
    expect((await get('/tap/capabilities')).status).toBe(200)
  })

  it('who is signed in is not sent to sign in again while Redis is away: the page says so, and is there when it is back', async () => {
    const cookie = `postern=${await site.postern.session('ada')}`
    const page = () => curl(desk, '-H', `Cookie: ${cookie}`, '-H', 'Sec-Fetch-Mode: navigate', `${site.url}/portal/`)
    expect((await page()).status).toBe(200)
    const { redis } = site.postern.context
    await hangUp(redis)
    // The cache may answer until the process notices that its invalidations do not arrive.
    let admitted = 1
    const away = await eventually(async () => {
      const answer = await page()
      if (answer.status === 200) admitted += 1
      expect([answer.status, answer.headers.get('location')]).toEqual([503, undefined])
      return answer
    })
    expect(away.body).toContain(CUT)
    await redis.connect()
    expect((await page()).status).toBe(200)
    expect(service.arrivals).toHaveLength(admitted + 1)
  })

  it('a service that is down is not taken for a refusal', async () => {
    await service.stop()
    for (const path of ['/tap/sync', '/tap/capabilities']) {
      const answer = await get(path)
      expect(answer.status).toBe(503)
      expect(sentence(answer)).toBe('The service does not answer at the moment. Try again later')
    }
  })
})
