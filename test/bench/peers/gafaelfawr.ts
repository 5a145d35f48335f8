import { type Contender, forged, ORIGINAL } from './contender.js'

/** How a Gafaelfawr that runs already is named. */
export const GAFAELFAWR = {
  url: 'GAFAELFAWR_URL',
  token: 'GAFAELFAWR_TOKEN',
  scope: 'GAFAELFAWR_SCOPE',
  pid: 'GAFAELFAWR_PID',
  version: 'GAFAELFAWR_VERSION',
} as const

/** The Gafaelfawr that the environment names, on this machine; undefined where it names none. */
export function gafaelfawr(env: NodeJS.ProcessEnv): Contender | undefined {
  const { [GAFAELFAWR.url]: url, [GAFAELFAWR.token]: token, [GAFAELFAWR.pid]: pid } = env
  if (!url) return undefined
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(hostname))
    throw new Error(`${GAFAELFAWR.url} is not of this machine: only http://127.0.0.1:PORT is measured`)
  if (!token) throw new Error(`${GAFAELFAWR.url} needs ${GAFAELFAWR.token}, a token that it lets pass`)
  return {
    name: 'Gafaelfawr',
    version: env[GAFAELFAWR.version] ?? 'of unknown version',
    checks: 'token in Redis, decrypted; secret, expiry, scope',
    configured: pid ? 'as it was running' : 'as it was running; its process is not known',
    server: { port: Number(port || 80), pids: pid ? [Number(pid)] : [] },
    ask: {
      path: `/ingress/auth?service=bench&scope=${encodeURIComponent(env[GAFAELFAWR.scope] ?? 'read:tap')}`,
      headers: ORIGINAL,
      valid: `Authorization: Bearer ${token}`,
      refused: `Authorization: Bearer ${forged(token)}`,
    },
  }
}
