import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answers, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { DOCUMENTS, type ProxyOptions, type RunningProxy, withAccessLog, withAddresses } from './proxy.js'

const SHIPPED = fileURLToPath(new URL('../../../deploy/nginx', import.meta.url))

export interface RunningNginx extends RunningProxy {
  /** Asks on another port from now on, as an operator has it who reloads the changed file. Checks under way are finished. */
  askAt(port: number): void
}

/** Starts nginx with the files of `deploy/nginx`. */
export async function startNginx(options: ProxyOptions): Promise<RunningNginx> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('nginx', user)
  const file = (name: string) => join(folder, name)
  cpSync(SHIPPED, folder, { recursive: true })
  const shipped = readFileSync(file('conf.d/postern.conf'), 'utf8')
  writeFileSync(file('conf.d/postern.conf'), withAddresses(shipped, changes(folder, options)))
  if (options.ownHost) {
    const own = readFileSync(file('own-host/postern.host.conf'), 'utf8')
    writeFileSync(file('conf.d/postern.host.conf'), withAddresses(own, ownHostChanges(folder, options)))
  }
  const own = 'postern/own-locations.conf'
  if (options.path) writeFileSync(file(own), withAddresses(readFileSync(file(own), 'utf8'), pathChanges(options.path)))
  if (options.limits === 'small')
    for (const [name, changes] of Object.entries(SMALL_LIMITS))
      writeFileSync(file(name), withAddresses(readFileSync(file(name), 'utf8'), changes))
  mkdirSync(file('postern/services'), { recursive: true })
  writeFileSync(file('postern/services/test.conf'), `location = /is-up { return 204; }\n${options.services ?? ''}`)
  writeFileSync(file('nginx.conf'), mainFile(folder))
  handOver(folder, user)

  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${options.port}`
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', file('nginx.conf')]
  const server = startServer(command, { user, env, log: file('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => isReady(url, options))
  let asked = options.posternPort
  const askAt = (next: number) => {
    const text = readFileSync(file('conf.d/postern.conf'), 'utf8')
    writeFileSync(
      file('conf.d/postern.conf'),
      text.replaceAll(`server 127.0.0.1:${asked};`, `server 127.0.0.1:${next};`),
    )
    asked = next
    process.kill(server.pid, 'SIGHUP')
  }
  return { ...withAccessLog({ url, server, folder }), askAt }
}

function changes(folder: string, options: ProxyOptions): readonly (readonly [string, string])[] {
  const postern = `127.0.0.1:${options.posternPort}`
  const checks = options.checksSocket === undefined ? postern : `unix:${options.checksSocket}`
  const { host = '127.0.0.1', serviceHosts = [], ownHost = false } = options
  const names = ownHost ? serviceHosts : [host, ...serviceHosts]
  // biome-ignore format: a table reads in columns
  return [
    ['upstream postern {\n    server 127.0.0.1:8080;',        `upstream postern {\n    server ${postern};`],
    ['server unix:/run/postern/checks.sock;',                 `server ${checks};`],
    ['server 127.0.0.1:8081;',                                `server 127.0.0.1:${options.tapPort};`],
    ['server 127.0.0.1:8082;',                                `server 127.0.0.1:${options.portalPort};`],
    ...(options.tls ? tlsChanges(options.tls, options.port) : []),
    ['\n    listen      80;',                                 options.tls ? '' : `\n    listen 127.0.0.1:${options.port};`],
    ['\n    server_name data.example.org;',                   `\n    server_name ${names.join(' ')};`],
    ...(options.limits === false ? [['include postern/limits.conf;', ''] as const] : []),
    [EXAMPLE_HOST,                                            serviceHosts.map((each) => `${each} $host;`).join(' ')],
    ['set $site http://data.example.org;',                    `set $site ${options.tls ? 'https' : 'http'}://${host}:${options.port}${options.path ?? ''};`],
    ['/var/log/nginx/postern.log',                            join(folder, 'postern.log')],
  ]
}

/** Takes the comment signs off the lines for TLS. */
function tlsChanges(
  { certificate, key, plainPort }: NonNullable<ProxyOptions['tls']>,
  port: number,
): readonly (readonly [string, string])[] {
  const redirect = `return 301 https://$host:${port}$request_uri;`
  // biome-ignore format: a table reads in columns
  return [
    ['# listen              443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`],
    ['# ssl_certificate     /etc/ssl/certs/data.example.org.pem;',   `ssl_certificate ${certificate};`],
    ['# ssl_certificate_key /etc/ssl/private/data.example.org.key;', `ssl_certificate_key ${key};`],
    ['# server {\n#     listen      80;\n#     server_name data.example.org;\n#     access_log  off;\n',
                                              `server {\n    listen 127.0.0.1:${plainPort};\n`],
    ['#     return 301 https://$host$request_uri;\n# }', `${redirect}\n}`],
  ]
}

async function isReady(url: string, { tls, ownHost }: ProxyOptions): Promise<boolean> {
  if (!tls) return answers(`${url}${ownHost ? '/login' : '/is-up'}`)
  // Nobody has signed its certificate, so it is asked at its other door.
  const response = await fetch(`http://127.0.0.1:${tls.plainPort}/`, { redirect: 'manual' }).catch(() => undefined)
  return response !== undefined
}

/** The changes that stand in the file as a comment. */
const pathChanges = (path: string) =>
  [
    [`location ~ ^/((auth|login|logout)(/|$)|${DOCUMENTS}) {`, `location ~ ^${path}(/|$) {`],
    ['location = /auth/api/v1/programs {', `location = ${path}/auth/api/v1/programs {`],
  ] as const

const EXAMPLE_HOST = '# ~^[a-z0-9-]+\\.nb\\.data\\.example\\.org$ $host;'

function ownHostChanges(folder: string, { host, port }: ProxyOptions): readonly (readonly [string, string])[] {
  // biome-ignore format: a table reads in columns
  return [
    ['listen      80;',                     `listen 127.0.0.1:${port};`],
    ['server_name auth.example.org;',       `server_name ${host};`],
    ['set $site http://auth.example.org;',  `set $site http://${host}:${port};`],
    ['/var/log/nginx/postern-host.log',     join(folder, 'postern-host.log')],
  ]
}

/** What a distribution's own `nginx.conf` does around the files in `conf.d/`. */
function mainFile(folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
error_log stderr info;
events { }
http {
    include /etc/nginx/mime.types;
    access_log off;
    ${kinds.map((kind) => `${kind}_temp_path ${folder}/temporary-${kind};`).join('\n    ')}
    include conf.d/*.conf;
}
`
}

/** The shipped limits in small, by file. */
// biome-ignore format: a table reads in columns
const SMALL_LIMITS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'postern/limits.conf':        [['burst=1000', 'burst=100']],
  'postern/own-locations.conf': [['burst=200', 'burst=20']],
  'postern/sentences.conf':     [['rate=200r/s', 'rate=1r/s'], ['rate=20r/s', 'rate=1r/s']],
}
