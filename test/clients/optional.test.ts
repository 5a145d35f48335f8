import { describe, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'

/** The operator's configuration of a service with optional authentication. */
const SERVICES: Readonly<Record<ProxyName, (port: number) => string>> = {
  nginx: (port) => `
location = /_postern/archive {
    internal;
    proxy_pass http://postern_checks/ingress/auth?service=archive&auth_type=both&optional=true;
    include postern/check.conf;
}
location /archive/ {
    auth_request /_postern/archive;
    include postern/protect.conf;
    proxy_pass http://127.0.0.1:${port};
}
`,
  caddy: (port) => `
@archive path /archive/*
handle @archive {
	import ../check.caddy "service=archive&auth_type=both&optional=true" votable
	reverse_proxy {
		to 127.0.0.1:${port}
		import ../protect.caddy
	}
}
`,
}

describe.each(Object.keys(SERVICES) as ProxyName[])('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'a service with optional authentication', () => {
    const { token, arrived, get, getWithToken } = useEchoSite(proxy, { services: SERVICES[proxy] })

    it.each([
      ['an anonymous client', () => []],
      ['an unknown token', () => ['--oauth2-bearer', token().replace(/\..*/, `.${'A'.repeat(22)}`)]],
    ])('serves %s without an identity, with a challenge', async (_, credential) => {
      const answer = await get('/archive/capabilities', ...credential(), '-H', 'X-Auth-Request-User: root')
      expect(answer.status).toBe(200)
      const realm = 'realm="127.0.0.1"'
      expect(answer.headers.get('www-authenticate')).toEqual([`Bearer ${realm}, Basic ${realm}`])
      expect(answer.headers.has('x-vo-authenticated')).toBe(false)
      expect(arrived()).toHaveLength(1)
      expect(arrived()[0]?.headers['x-auth-request-user'] ?? '').toBe('')
      expect(arrived()[0]?.headers['x-auth-request-anonymous']).toBe('true')
      expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
    })

    it('serves a signed-in user with their identity, and says so', async () => {
      const answer = await getWithToken('/archive/capabilities', '-H', 'X-Auth-Request-Anonymous: true')
      expect(answer.status).toBe(200)
      expect(answer.headers.get('x-vo-authenticated')).toEqual(['ada'])
      expect(answer.headers.has('www-authenticate')).toBe(false)
      expect(arrived()[0]?.headers['x-auth-request-user']).toBe('ada')
      expect(arrived()[0]?.headers['x-auth-request-anonymous'] ?? '').toBe('')
      expect(JSON.stringify(arrived())).not.toContain(token())
    })

    it('answers HEAD likewise', async () => {
      expect((await get('/archive/capabilities', '--head')).headers.has('www-authenticate')).toBe(true)
    })
  })
})
