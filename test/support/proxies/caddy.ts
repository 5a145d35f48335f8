import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wheelProgram } from '../programs/wheels.mjs'
import { answers, listens, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { DOCUMENTS, type ProxyOptions, type RunningProxy, withAccessLog, withAddresses } from './proxy.js'

const SHIPPED = fileURLToPath(new URL('../../../deploy/caddy', import.meta.url))

/** Starts Debian's Caddy with the files of `deploy/caddy`. */
export function startCaddy(options: ProxyOptions): Promise<RunningProxy> {
  return startProgram('caddy', options)
}

/** Starts the Caddy of today with the same files. */
export function startNewCaddy(options: ProxyOptions): Promise<RunningProxy> {
  return startProgram(wheelProgram('newCaddy'), options)
}

/** What Caddy keeps for itself (XDG) is in a folder of its own. */
async function startProgram(program: string, options: ProxyOptions): Promise<RunningProxy> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('caddy', user)
  const file = (name: string) => join(folder, name)
  cpSync(SHIPPED, folder, { recursive: true })
  writeFileSync(file('Caddyfile'), withAddresses(readFileSync(file('Caddyfile'), 'utf8'), changes(folder, options)))
  mkdirSync(file('postern/services'), { recursive: true })
  writeFileSync(file('postern/services/test.caddy'), `respond /is-up 204\n${options.services ?? ''}`)
  handOver(folder, user)

  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${options.port}`
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const command = [program, 'run', '--config', file('Caddyfile')]
  const server = startServer(command, { user, env, cwd: folder, log: file('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => (options.tls ? listens(options.port) : answers(`${url}/is-up`)))
  return withAccessLog({ url, server, folder })
}

function changes(folder: string, options: ProxyOptions): readonly (readonly [string, string])[] {
  const postern = `127.0.0.1:${options.posternPort}`
  const checks = options.checksSocket === undefined ? postern : `unix/${options.checksSocket}`
  const { tls, path = '' } = options
  const site = `${tls ? 'https' : 'http'}://127.0.0.1:${options.port}`
  // biome-ignore format: a table reads in columns
  return [
    ['(postern) {\n\tto 127.0.0.1:8080',        `(postern) {\n\tto ${postern}`],
    ['(postern_checks) {\n\tto 127.0.0.1:8080', `(postern_checks) {\n\tto ${checks}`],
    ['to 127.0.0.1:8081',                       `to 127.0.0.1:${options.tapPort}`],
    ['to 127.0.0.1:8082',                       `to 127.0.0.1:${options.portalPort}`],
    ['http://data.example.org {',               `${site} {\n\tbind 127.0.0.1${tls ? `\n\ttls ${tls.certificate} ${tls.key}` : ''}`],
    ['vars postern_site http://data.example.org', `vars postern_site ${site}${path}`],
    ...(path === '' ? [] : [
      ['@small not path /auth/api',              `@small not path ${path}/auth/api`],
      [`@pages path_regexp ^/((auth|login|logout)(/|$)|${DOCUMENTS})`, `@pages path_regexp ^${path}(/|$)`],
    ] as const),
    ['\nhttp:// {\n\tredir http://data.example.org{uri}', `\nhttp://:${tls?.plainPort ?? options.port} {\n\tbind 127.0.0.1\n\tredir ${site}{uri}`],
    // Caddy leads there from port 80 by itself.
    ...(tls ? [['admin off', `admin off\n\thttp_port ${tls.plainPort}`] as const] : []),
    ['/var/log/caddy/postern.log',              join(folder, 'postern.log')],
  ]
}
