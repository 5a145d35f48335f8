import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listens, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { type ProxyOptions, type RunningProxy, withAddresses, withLines, withOneLog } from './proxy.js'

const SHIPPED = fileURLToPath(new URL('../../../deploy/haproxy', import.meta.url))

/** Starts HAProxy with the files of `deploy/haproxy`. */
export async function startHaproxy(options: ProxyOptions): Promise<RunningProxy> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('haproxy', user)
  const file = (name: string) => join(folder, name)
  cpSync(SHIPPED, folder, { recursive: true })
  const shipped = readFileSync(file('haproxy.cfg'), 'utf8')
  const posterns = (text: string) =>
    text.replaceAll('server postern 127.0.0.1:8080', `server postern 127.0.0.1:${options.posternPort}`)
  const services = posterns(options.services ?? '')
  writeFileSync(
    file('haproxy.cfg'),
    `${withAddresses(withTls(shipped, folder, options), changes(folder, options))}\n${services}`,
  )
  handOver(folder, user)

  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${options.port}`
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const command = ['haproxy', '-db', '-f', file('haproxy.cfg')]
  const server = startServer(command, { user, env, cwd: folder, log: file('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => (options.tls ? listens(options.port) : isReady(url)))
  return withOneLog({ url, server, folder })
}

/** Whether it answers by itself, also when Postern does not. */
async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/ingress`).catch(() => undefined)
  return response?.status === 404
}

/** Takes the comment signs off the lines for TLS. */
function withTls(shipped: string, folder: string, { tls, port }: ProxyOptions): string {
  if (!tls) return shipped
  const both = join(folder, 'site.pem')
  writeFileSync(both, readFileSync(tls.certificate, 'utf8') + readFileSync(tls.key, 'utf8'))
  const listening = withLines(withLines(shipped, 'bind :443', 'http/1.1'), 'frontend plain', 'code 301')
  // biome-ignore format: a table reads in columns
  return withAddresses(listening, [
    ['setenv SITE_SCHEME http\n',                'setenv SITE_SCHEME https\n'],
    ['frontend plain from base\n    bind :80\n', `frontend plain from base\n    bind 127.0.0.1:${tls.plainPort}\n`],
    ['\n    bind :80\n',                        '\n'],
    ['bind :443',                               `bind 127.0.0.1:${port}`],
    ['/etc/ssl/private/data.example.org.pem',   both],
  ])
}

function changes(folder: string, options: ProxyOptions): readonly (readonly [string, string])[] {
  const postern = `127.0.0.1:${options.posternPort}`
  const checks = options.checksSocket === undefined ? postern : `unix@${options.checksSocket}`
  // biome-ignore format: a table reads in columns
  return [
    ['log /dev/log local0 warning',                 'log stdout format raw local0 warning'],
    ['log /dev/log local0 info',                    'log stdout format raw local0 info'],
    ['SITE_HOST data.example.org\n',                `SITE_HOST 127.0.0.1:${options.port}\n`],
    ...(options.path ? [['# setenv SITE_PATH /postern', `setenv SITE_PATH ${options.path}`] as const] : []),
    ['POSTERN_CHECKS 127.0.0.1:8080',               `POSTERN_CHECKS ${checks}`],
    ['/etc/haproxy/postern.lua',                    join(folder, 'postern.lua')],
    ...(options.tls ? [] : [['\n    bind :80\n', `\n    bind 127.0.0.1:${options.port}\n`] as const]),
    ['server postern 127.0.0.1:8080',               `server postern ${postern}`],
    ['tap-public from votable\n    http-request lua.postern_anonymous\n    server tap 127.0.0.1:8081',
      `tap-public from votable\n    http-request lua.postern_anonymous\n    server tap 127.0.0.1:${options.tapPort}`],
    ['auth_type=both votable\n    server tap 127.0.0.1:8081', `auth_type=both votable\n    server tap 127.0.0.1:${options.tapPort}`],
    ['server portal 127.0.0.1:8082',                `server portal 127.0.0.1:${options.portalPort}`],
    ...(options.limits === 'small' ? SMALL_LIMITS : []),
  ]
}

/** The shipped limits in small. */
const SMALL_LIMITS = [
  ['sc_http_req_rate(0) gt 1000', 'sc_http_req_rate(0) gt 100'],
  ['sc_http_req_rate(1) gt 200', 'sc_http_req_rate(1) gt 20'],
] as const
