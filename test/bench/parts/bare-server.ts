// The cost of a check with nothing to check: node:http, and the bytes of Postern's own answer.
import { createServer } from 'node:http'

const { POSTERN_PORT, BENCH_HEADERS, BENCH_SOCKET } = process.env
const headers = JSON.parse(BENCH_HEADERS ?? '[]') as string[]

const bare = () =>
  createServer({ keepAliveTimeout: 75_000 }, (_request, response) => {
    response.writeHead(200, headers)
    response.end()
  })

const atPort = () => bare().listen(Number(POSTERN_PORT), '127.0.0.1', () => process.stdout.write('listening\n'))
if (BENCH_SOCKET === undefined) atPort()
else bare().listen(BENCH_SOCKET, atPort)
