// The image's HEALTHCHECK: ends with 0 when Postern in this container is alive. It does not ask for the stores, because their
// outage is not cured by a restart, and user tokens are checked without Redis.
import { get } from 'node:http'

const { POSTERN_INTERNAL_LISTEN: listen = '', POSTERN_PORT: port = '8080' } = process.env
const [, socketPath] = /^unix:(.+)$/.exec(listen) ?? []
const [, host = '127.0.0.1', ownPort = port] = /^\[?(.+?)\]?:(\d+)$/.exec(listen) ?? []
const address = socketPath ? { socketPath } : { host, port: ownPort }

const request = get({ ...address, path: '/health/live', timeout: 4_000 }, ({ statusCode }) => end(statusCode === 200))
request.on('timeout', () => end(false))
request.on('error', () => end(false))

function end(isAlive) {
  process.exit(isAlive ? 0 : 1)
}
