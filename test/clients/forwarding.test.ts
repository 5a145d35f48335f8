import { describe, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { expectToldWho } from './support/answers.js'

describeWith(['nginx', 'curl'], 'A service behind Postern is told', () => {
  const { url, token, desk, arrived, get, getWithToken } = useEchoSite()

  const IDENTITY = {
    'X-Auth-Request-User': 'root',
    'X-Auth-Request-Email': 'root@lab.example',
    'X-Auth-Request-Service': 'portal',
    'X-Auth-Request-Token': 'gt-forged.forged',
    'X-Auth-Request-Anonymous': 'forged',
  }
  const forge = Object.entries(IDENTITY).flatMap(([name, value]) => ['-H', `${name}: ${value}`])

  it('who the user is by Postern, not by the client’s own headers', async () => {
    await getWithToken('/tap/sync', ...forge)
    const headers = arrived()[0]?.headers ?? {}
    expect(headers['x-auth-request-user']).toBe('ada')
    expect(headers['x-auth-request-email']).not.toBe('root@lab.example')
    expect(headers).not.toHaveProperty('x-auth-request-service')
    expect(headers).not.toHaveProperty('x-auth-request-token')
    expect(headers).not.toHaveProperty('x-auth-request-anonymous')
  })

  it('of no user, and sees no credential, where anonymous clients may read', async () => {
    await getWithToken('/tap/capabilities', '-b', 'postern=session', ...forge)
    const headers = arrived()[0]?.headers ?? {}
    const { 'X-Auth-Request-Anonymous': _said, ...names } = IDENTITY
    for (const name of Object.keys(names)) expect(headers).not.toHaveProperty(name.toLowerCase())
    expect(headers['x-auth-request-anonymous']).toBe('true')
    expect(headers).not.toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('cookie')
  })

  it.each([
    ['Bearer', (t: string) => ['--oauth2-bearer', t]],
    ['the password of Basic', (t: string) => ['-u', `x-oauth-basic:${t}`]],
    ['the user of Basic', (t: string) => ['-u', `${t}:`]],
  ])('nothing of the token that came as %s', async (_, credential) => {
    await get('/tap/sync', ...credential(token()))
    expect(arrived()).toHaveLength(1)
    expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.stringify(arrived())).not.toContain(token())
  })

  it('its own cookies, but not the session', async () => {
    await getWithToken('/tap/sync', '-b', 'theme=dark; postern=no-session; language=la')
    expect(arrived()[0]?.headers.cookie).toBe('theme=dark; language=la')
  })

  it('is reached with large cookies, and requested by long addresses: neither fails at the check', async () => {
    const large = Array.from({ length: 3 }, (_, index) => `c${index}=${'x'.repeat(1900)}`).join('; ')
    expect((await getWithToken('/tap/sync', '-H', `Cookie: ${large}`)).status).toBe(200)
    expect(arrived().at(-1)?.headers.cookie).toBe(large)
    for (const path of ['/tap/sync', '/portal/']) {
      const refused = await get(`${path}?QUERY=${'%20x'.repeat(1000)}`)
      expect([401, 302]).toContain(refused.status)
    }
  })

  it('the true address of the client and of the site', async () => {
    const lies = [
      'Host: evil.example',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Host: evil.example',
      'Forwarded: for=6',
    ]
    await getWithToken('/tap/sync', ...lies.flatMap((lie) => ['-H', lie]))
    const { host } = new URL(url())
    expect(arrived()[0]?.headers).toMatchObject({
      host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': host,
      'x-forwarded-proto': 'http',
    })
    expect(arrived()[0]?.headers).not.toHaveProperty('forwarded')
  })

  describe('the request as it was sent', () => {
    it('HEAD', async () => {
      expect((await getWithToken('/tap/sync', '--head')).status).toBe(200)
      expect(arrived()[0]?.method).toBe('HEAD')
    })

    it('POST with a body', async () => {
      await getWithToken('/tap/sync', '-d', 'LANG=ADQL&QUERY=SELECT+1')
      expect(arrived()[0]).toMatchObject({ method: 'POST', body: 'LANG=ADQL&QUERY=SELECT+1' })
    })

    it('a large upload of unknown length', async () => {
      const upload = desk().file('upload', 'x'.repeat(3_000_000))
      await getWithToken('/tap/sync', '-H', 'Transfer-Encoding: chunked', '--data-binary', `@${upload}`)
      expect(arrived()[0]?.body).toHaveLength(3_000_000)
    })

    it('a query string, byte for byte', async () => {
      await getWithToken('/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9&scope=admin')
      expect(arrived()[0]?.url).toBe('/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9&scope=admin')
    })
  })

  it('and the client gets the name of the admitted user from Postern alone', async () => {
    expectToldWho(await getWithToken('/tap/sync'), await get('/tap/capabilities'))
  })
})
