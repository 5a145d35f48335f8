import { describe, expect, it } from '@jest/globals'
import { loggedEvents } from '../../storage/audit/support/events.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import { FORGED, LOCATIONS } from '../foreign-identity.js'

/** What a service is told of the user, and that no client can tell it anything else. */
export function identity({ token, arrived, get, getWithToken, site }: EchoSite): void {
  describe('a service', () => {
    it.each(LOCATIONS)('reads no name that a client gave itself, in the header of any gate, at %s', async (_, path) => {
      const { status } = await getWithToken(path, ...FORGED.flatMap((name) => ['-H', `${name}: forged`]))
      expect(status).toBe(200)
      expect(arrived().map(({ lines }) => lines.filter((line) => line.includes('forged')))).toEqual([[]])
    })

    it.each(LOCATIONS)('nor one in another letter case, nor named by Connection, at %s', async (_, path) => {
      const lines = FORGED.map((name) => `${name.toUpperCase()}: forged`)
      const connection = `Connection: ${FORGED.join(', ')}`
      await getWithToken(path, ...[...lines, connection].flatMap((line) => ['-H', line]))
      expect(arrived().flatMap((each) => each.lines.filter((line) => line.includes('forged')))).toEqual([])
    })

    it('is told who the user is, in headers that say nothing else: none is there and empty', async () => {
      await getWithToken('/tap/sync', '-H', 'Connection: X-Auth-Request-User')
      expect(identityOf(arrived()[0])).toEqual({
        'x-auth-request-user': 'ada',
        'x-auth-request-email': 'ada@example.org',
      })
    })

    it('is told of no user, and sees no credential, where anonymous clients may read', async () => {
      await getWithToken('/tap/capabilities', '-b', 'postern=session')
      expect(identityOf(arrived()[0])).toEqual({ 'x-auth-request-anonymous': 'true' })
      expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
      expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
    })

    it.each([
      ['Bearer', (t: string) => ['--oauth2-bearer', t]],
      ['the password of Basic', (t: string) => ['-u', `x-oauth-basic:${t}`]],
      ['the user of Basic', (t: string) => ['-u', `${t}:`]],
      ['token', (t: string) => ['-H', `Authorization: token ${t}`]],
    ])('gets nothing of the token that came as %s', async (_, credential) => {
      expect((await get('/tap/sync', ...credential(token()))).status).toBe(200)
      expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
      expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
      expect(JSON.stringify(arrived())).not.toContain(token())
    })

    it('gets its own cookies, but not the session', async () => {
      await getWithToken('/tap/sync', '-b', 'theme=dark; postern=no-session; language=la')
      expect(arrived()[0]?.headers.cookie).toBe('theme=dark; language=la')
      await getWithToken('/tap/sync', '-b', 'postern=no-session')
      expect(arrived()[1]?.headers).not.toHaveProperty('cookie')
    })

    it('keeps a credential of its own beside a session', async () => {
      const session = await site().postern.session('ada')
      const own = `Basic ${Buffer.from('ada:password').toString('base64')}`
      const words = ['-b', `postern=${session}`, '-H', `Authorization: ${own}`]
      expect((await get('/portal/', ...words)).status).toBe(200)
      expect(arrived()[0]?.headers).toMatchObject({ authorization: own, 'x-auth-request-user': 'ada' })
      expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
    })

    it('is told an id of the request, which is that of the check, and no word of the client', async () => {
      await getWithToken('/portal/x', '-H', 'X-Request-Id: chosen-by-the-client')
      const id = arrived()[0]?.headers['x-request-id']
      expect(id).toMatch(/^[0-9a-f-]{32,36}$/)
      const checked = loggedEvents(site().postern).filter(({ event }) => event.action === 'check')
      expect(checked.at(-1)?.http?.request?.id).toBe(id)
    })

    it('is told the true address of the client', async () => {
      const lies = ['X-Forwarded-For: 6.6.6.6', 'X-Real-IP: 6.6.6.6', 'X-Forwarded-Proto: https', 'Forwarded: for=6']
      await getWithToken('/tap/sync', ...lies.flatMap((lie) => ['-H', lie]))
      const told = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-proto': 'http' }
      expect(arrived()[0]?.headers).toMatchObject(told)
      expect(arrived()[0]?.headers).not.toHaveProperty('forwarded')
    })

    it('is not reached by a token in a cookie, where the location asks for none', async () => {
      expect((await get('/tap/sync', '-b', `mast_token=${token()}`)).status).toBe(401)
      expect(arrived()).toEqual([])
    })
  })
}

function identityOf(arrival: { readonly headers: object } | undefined): object {
  const headers = Object.entries(arrival?.headers ?? {})
  return Object.fromEntries(headers.filter(([name]) => name.startsWith('x-auth-request-')))
}
