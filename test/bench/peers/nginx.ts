import type { Undo } from '../../support/run/at-end.js'
import { startOwnNginx } from '../parts/nginx.js'
import type { Measured } from '../parts/postern-and-bare.js'
import type { Ask } from './contender.js'

interface Behind extends Measured {
  readonly checksSocket?: string
}

/**
 * Starts an nginx of one worker with a server behind `auth_request`, its connections kept. nginx itself is the service, so that
 * no second server is in the figure; `return` would answer before the check.
 */
export async function startFront(
  { port, pids, checksSocket }: Behind,
  ask: Ask,
  cpus: readonly number[],
  atEnd: (undo: Undo) => void,
): Promise<Measured> {
  const server = checksSocket === undefined ? `127.0.0.1:${port}` : `unix:${checksSocket}`
  const front = await startOwnNginx((own) => servers({ server, ask, own }), cpus, atEnd)
  return { port: front.port, pids: [...front.pids, ...pids] }
}

function servers({ server, ask, own }: { server: string; ask: Ask; own: number }): string {
  const lines = { Host: ask.host ?? '127.0.0.1', ...ask.headers }
  return `
    upstream checks {
        server ${server};
        keepalive 64;
        keepalive_requests 100000000;
    }
    server {
        listen 127.0.0.1:${own};
        location / {
            auth_request /check;
            empty_gif;
        }
        location = /check {
            internal;
            proxy_pass http://checks${ask.path};
            proxy_http_version 1.1;
            proxy_pass_request_body off;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            ${Object.entries(lines)
              .map(([name, value]) => `proxy_set_header ${name} "${value}";`)
              .join('\n            ')}
        }
    }`
}
