import { createHash } from 'node:crypto'
import { Refusal } from '../../../server/core/access/refusal.js'
import { createClient } from '../../../server/openid/clients.js'
import { startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { freePort } from '../../support/run/ports.js'
import { type Serving, serve } from '../../support/serve.js'
import { fillAccounts, fillSessions } from './fill.js'
import { leaveOneCpu, startOwnBench } from './own-bench.js'
import type { Measured } from './postern-and-bare.js'

export const REDIRECT_URI = 'https://grafana.example.org/login/generic_oauth'

/** A provider that is measured, with a client of its own and browsers that are signed in. */
export interface MeasuredProvider extends Measured {
  readonly id: string
  readonly secret: string
  /** The cookies of each browser. */
  readonly browsers: readonly string[]
}

const LOADER = ['--import', './test/support/run/typescript.mjs']

/** Starts Postern and the library alone, both on one CPU; stores and this program have the others. */
export async function startTwoProviders(
  count: number,
  atEnd: (undo: Undo) => void,
): Promise<{ postern: MeasuredProvider; bare: MeasuredProvider; cpu: number | undefined }> {
  const { cpu } = leaveOneCpu()
  const { folder, addresses, secret, env } = await startOwnBench('bench-openid', atEnd)
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const oidcServer = { enabled: true }
  const settings = { ...env, POSTERN_BASE_URL: baseUrl, POSTERN_OIDC_SERVER: JSON.stringify(oidcServer) }
  const postern = await serve({ folder, name: 'postern', cpu, port, env: settings })
  atEnd(() => postern.kill())
  const desk = await startPostern({ ...addresses, secret, baseUrl, settings: { oidcServer } })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const sessions = await fillSessions(desk.context, count)
  const wish = { description: 'Grafana', redirectUris: [REDIRECT_URI], postLogoutUris: [], requiredGroups: [] }
  const made = await createClient(desk.context, { ...wish, isPublic: false, isOwnSite: true }, { username: 'root' })
  if (made instanceof Refusal) throw new Error(made.message)
  const client = { id: made.client.id, secret: made.secret?.reveal() ?? '' }

  const bareEnv = { BENCH_CLIENT: JSON.stringify({ ...client, redirectUri: REDIRECT_URI }) }
  const program = 'test/bench/parts/bare-provider.ts'
  const bare = await serve({ folder, name: 'bare', cpu, env: bareEnv, nodeOptions: LOADER, program })
  atEnd(() => bare.kill())
  return {
    cpu,
    postern: { ...measured(postern), ...client, browsers: sessions.map((each) => `postern=${each}`) },
    bare: {
      ...measured(bare),
      ...client,
      browsers: await Promise.all(sessions.map(() => enter(bare.port, client.id))),
    },
  }
}

const measured = ({ port, pid }: Serving): Measured => ({ port, pids: [pid()] })

/** The verifier of all requests, and what is sent of it first. */
export const VERIFIER = 'v'.repeat(43)
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** The path of an authorization request. */
export function authorization(id: string): string {
  return `/auth/openid/login?${new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email groups offline_access',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 's'.repeat(43),
    nonce: 'n'.repeat(43),
  })}`
}

/** Signs a browser in to the library alone. Returns its cookies. */
async function enter(port: number, id: string): Promise<string> {
  const cookies = new Map<string, string>()
  for (let url = new URL(authorization(id), `http://127.0.0.1:${port}`); url.port === String(port); ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { headers, status } = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const next = headers.get('location')
    if (next === null) throw new Error(`The library alone answered ${status}`)
    url = new URL(next, url)
  }
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
