import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pin } from '../../support/cpu.js'
import { startNginx } from '../../support/proxies/nginx.js'
import type { Undo } from '../../support/run/at-end.js'
import { freePort } from '../../support/run/ports.js'
import { listens, startServer, untilReady } from '../../support/run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../../support/run/unprivileged.js'
import type { Measured } from './postern-and-bare.js'

/** nginx as it is shipped, one worker, with these behind `auth_request`; the last is nginx itself, with nothing to check. */
export type BehindNginx = Readonly<Record<'bare' | 'postern' | 'socket' | 'nginx', Measured>>

interface Cpus {
  readonly cpu: number | undefined
  readonly others: readonly number[]
}

/** Starts one nginx for each; on the servers' CPU, because that is what a check costs. The service behind is elsewhere. */
export async function startBehindNginx(
  checks: Readonly<Record<'bare' | 'postern' | 'socket', Measured & { readonly checksSocket?: string }>>,
  { cpu, others }: Cpus,
  atEnd: (undo: Undo) => void,
): Promise<BehindNginx> {
  const servers = cpu === undefined ? others : [cpu]
  const service = await startQuietNginx(others, atEnd)
  const front = async ({
    port: posternPort,
    pids,
    checksSocket,
  }: Measured & { readonly checksSocket?: string }): Promise<Measured> => {
    const port = await freePort()
    const nginx = await startNginx({
      port,
      posternPort,
      tapPort: service.port,
      portalPort: service.port,
      limits: false,
      ...(checksSocket !== undefined && { checksSocket }),
    })
    atEnd(() => nginx.stop())
    pin(nginx.pid, servers)
    return { port, pids: [nginx.pid, ...pids] }
  }
  return {
    bare: await front(checks.bare),
    postern: await front(checks.postern),
    socket: await front(checks.socket),
    nginx: await front(await startQuietNginx(servers, atEnd)),
  }
}

/** An nginx that answers everything by itself: the service behind the checks, and the quickest check that there can be. */
function startQuietNginx(cpus: readonly number[], atEnd: (undo: Undo) => void): Promise<Measured> {
  return startOwnNginx((port) => `server { listen 127.0.0.1:${port}; location / { return 200 ""; } }`, cpus, atEnd)
}

/** Starts an nginx of one worker with these servers of its `http` block. */
export async function startOwnNginx(
  servers: (port: number) => string,
  cpus: readonly number[],
  atEnd: (undo: Undo) => void,
): Promise<Measured> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('quiet-nginx', user)
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, servers(port)))
  handOver(folder, user)
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')]
  const server = startServer(command, { user, env, log: join(folder, 'error.log'), stopSignal: 'SIGTERM' })
  atEnd(() => server.stop())
  await untilReady(server, () => listens(port))
  pin(server.pid, cpus)
  return { port, pids: [server.pid] }
}

function configuration(folder: string, servers: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
error_log stderr;
events { }
http {
    access_log off;
    keepalive_requests 100000000;
    ${kinds.map((kind) => `${kind}_temp_path ${folder}/temporary-${kind};`).join('\n    ')}
    ${servers}
}
`
}
