import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { hash } from '@node-rs/argon2'
import { forged, ORIGINAL, type PeerKind } from './contender.js'
import { startPeer, versionOf } from './program.js'

const PASSWORD = 'correct horse battery staple'

export const authelia: PeerKind = {
  program: 'authelia',
  async start(options) {
    const file = (name: string) => path.join(options.folder, name)
    const ada = { displayname: 'Ada Lovelace', password: await hash(PASSWORD), email: 'ada@example.org', groups: [] }
    writeFileSync(file('users.yml'), JSON.stringify({ users: { ada } }))
    const server = await startPeer(options, (port) => {
      writeFileSync(file('configuration.yml'), JSON.stringify(configuration(file, port, new URL(options.redisUrl))))
      return { args: ['--config', file('configuration.yml')] }
    })
    const cookie = await signIn(`http://127.0.0.1:${server.port}`)
    return [
      {
        name: 'Authelia, session cookie',
        version: await versionOf(options.program, ['--version']),
        checks:
          'session, read from Redis and written with its last activity; access rule of the address, level of the sign-in',
        configured: 'sessions in Redis; logs warnings',
        server,
        ask: {
          path: '/api/authz/auth-request',
          host: 'auth.example.org',
          headers: ORIGINAL,
          valid: `Cookie: ${cookie}`,
          refused: `Cookie: ${forged(cookie)}`,
        },
      },
    ]
  },
}

/** With sessions in Redis: those in memory are for tests, and get lost when many requests come at once. */
function configuration(file: (name: string) => string, port: number, redis: URL): object {
  const secret = () => randomBytes(32).toString('hex')
  const sessions = { host: redis.hostname, port: Number(redis.port), password: redis.password }
  const cookie = { domain: 'example.org', authelia_url: 'https://auth.example.org', inactivity: '4h', expiration: '4h' }
  return {
    server: { address: `tcp://127.0.0.1:${port}` },
    log: { level: 'warn' },
    ntp: { disable_startup_check: true },
    identity_validation: { reset_password: { jwt_secret: secret() } },
    authentication_backend: { file: { path: file('users.yml') } },
    access_control: { default_policy: 'one_factor' },
    session: { secret: secret(), cookies: [cookie], redis: sessions },
    storage: { encryption_key: secret(), local: { path: file('db.sqlite3') } },
    notifier: { filesystem: { filename: file('notifications.txt') } },
  }
}

/** Returns the cookie of a user who has signed in with a password. */
async function signIn(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/firstfactor`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'auth.example.org',
    },
    body: JSON.stringify({ username: 'ada', password: PASSWORD, keepMeLoggedIn: false }),
  })
  const session = response.headers.getSetCookie().find((each) => each.startsWith('authelia_session='))
  if (!response.ok || session === undefined)
    throw new Error(`Authelia did not sign in: ${response.status} ${await response.text()}`)
  return session.split(';')[0] ?? ''
}
