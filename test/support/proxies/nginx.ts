import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answers, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { type ProxyOptions, type RunningProxy, withAddresses } from './proxy.js'

const SHIPPED = fileURLToPath(new URL('../../../deploy/nginx', import.meta.url))

/** Starts nginx with the files of `deploy/nginx`. */
export async function startNginx(options: ProxyOptions): Promise<RunningProxy> {
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
  mkdirSync(file('postern/services'), { recursive: true })
  writeFileSync(file('postern/services/test.conf'), `location = /is-up { return 204; }\n${options.services ?? ''}`)
  writeFileSync(file('nginx.conf'), mainFile(folder))
  handOver(folder, user)

  const url = `http://127.0.0.1:${options.port}`
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', file('nginx.conf')]
  const server = startServer(command, { user, env, log: file('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => answers(`${url}${options.ownHost ? '/login' : '/is-up'}`))
  return {
    url,
    pid: server.pid,
    accessLog: () => readFileSync(file('postern.log'), 'utf8'),
    errorLog: () => server.output(),
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function changes(folder: string, options: ProxyOptions): readonly (readonly [string, string])[] {
  const postern = `127.0.0.1:${options.posternPort}`
  const checks = options.checksSocket === undefined ? postern : `unix:${options.checksSocket}`
  const { host = '127.0.0.1', serviceHosts = [], ownHost = false } = options
  const names = ownHost ? serviceHosts : [host, ...serviceHosts]
  // biome-ignore format: a table reads in columns
  return [
    ['upstream postern {\n    server 127.0.0.1:8080;',        `upstream postern {\n    server ${postern};`],
    ['upstream postern_checks {\n    server 127.0.0.1:8080;', `upstream postern_checks {\n    server ${checks};`],
    ['server 127.0.0.1:8081;',                                `server 127.0.0.1:${options.tapPort};`],
    ['server 127.0.0.1:8082;',                                `server 127.0.0.1:${options.portalPort};`],
    ['listen      80;',                                       `listen 127.0.0.1:${options.port};`],
    ['server_name data.example.org;',                         `server_name ${names.join(' ')};`],
    ...(options.limits === false ? [['include postern/limits.conf;', ''] as const] : []),
    [EXAMPLE_HOST,                                            serviceHosts.map((each) => `${each} $host;`).join(' ')],
    ['set $site http://data.example.org;',                    `set $site http://${host}:${options.port};`],
    ['/var/log/nginx/postern.log',                            join(folder, 'postern.log')],
  ]
}

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
