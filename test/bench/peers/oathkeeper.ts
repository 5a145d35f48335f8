import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { signed, startProviderStandIn } from '../../support/peers/provider-stand-in.js'
import type { Undo } from '../../support/run/at-end.js'
import { freePort } from '../../support/run/ports.js'
import { FORWARDED, forged, type PeerKind } from './contender.js'
import { startPeer, versionOf } from './program.js'

const DAY = 86_400
const HANDLERS = ['jwt', 'oauth2_introspection'] as const

/** Its decision API: one rule with JWTs, one with tokens that a server is asked about. */
export const oathkeeper: PeerKind = {
  program: 'oathkeeper',
  async start(options) {
    const provider = await startProviderStandIn()
    options.atEnd(() => provider.stop())
    const token = randomBytes(24).toString('base64url')
    const introspection = await startIntrospection(token, options.atEnd)
    const file = (name: string) => path.join(options.folder, name)
    const [proxyPort, metricsPort] = [await freePort(), await freePort()]
    const server = await startPeer(options, (port) => {
      const ports = { api: { port }, proxy: { port: proxyPort }, prometheus: { port: metricsPort } }
      const addresses = { jwks: `${provider.issuer}/jwks`, introspection, rules: `file://${file('rules.json')}` }
      writeFileSync(file('rules.json'), JSON.stringify(HANDLERS.map(rule)))
      writeFileSync(file('config.json'), JSON.stringify(configuration(ports, addresses)))
      return { args: ['serve', '--config', file('config.json')], env: { SQA_OPT_OUT: 'true' } }
    })
    const jwt = await signed(provider, '', { claims: { exp: Math.floor(Date.now() / 1000) + DAY } })
    const version = await versionOf(options.program, ['version'])
    const common = { version, server }
    const ask = (handler: string, bearer: string) => ({
      path: '/decisions',
      headers: { ...FORWARDED, 'X-Forwarded-Uri': `/${handler}` },
      valid: `Authorization: Bearer ${bearer}`,
      refused: `Authorization: Bearer ${forged(bearer)}`,
    })
    return [
      {
        ...common,
        name: 'Oathkeeper, JWT',
        checks: 'rule of the address; RS256 signature and expiry, each time',
        configured: 'decision API; logs errors',
        ask: ask('jwt', jwt),
      },
      {
        ...common,
        name: 'Oathkeeper, introspection',
        checks:
          'rule of the address; the answer of the token’s server, from its cache; refused tokens it asks about each time',
        configured: 'decision API, cache for an hour; logs errors',
        ask: ask('oauth2_introspection', token),
      },
    ]
  },
}

const rule = (handler: string) => ({
  id: handler,
  match: { url: `https://data.example.org/${handler}`, methods: ['GET'] },
  authenticators: [{ handler }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  upstream: { url: 'http://127.0.0.1:9' },
})

type Ports = Readonly<Record<'api' | 'proxy' | 'prometheus', { readonly port: number }>>

function configuration(ports: Ports, { jwks, introspection, rules }: Readonly<Record<string, string>>): object {
  const listening = Object.entries(ports).map(([name, { port }]) => [name, { port, host: '127.0.0.1' }])
  const cache = { enabled: true, ttl: '1h' }
  return {
    log: { level: 'error' },
    serve: Object.fromEntries(listening),
    access_rules: { repositories: [rules] },
    authenticators: {
      jwt: { enabled: true, config: { jwks_urls: [jwks] } },
      oauth2_introspection: { enabled: true, config: { introspection_url: introspection, cache } },
    },
    authorizers: { allow: { enabled: true } },
    mutators: { header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } } },
  }
}

/** A server that knows one token. */
async function startIntrospection(token: string, atEnd: (undo: Undo) => void): Promise<string> {
  const server = createServer(async (request, response) => {
    const active = new URLSearchParams(await text(request)).get('token') === token
    const exp = Math.floor(Date.now() / 1000) + DAY
    const answer = active ? { active, sub: 'ada', scope: 'read:tap', exp, token_type: 'Bearer' } : { active }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`
}
