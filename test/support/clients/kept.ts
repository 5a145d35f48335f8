import { Agent, type Server } from 'node:http'
import request, { type Test } from 'supertest'

/** So many requests come on a connection: one that Node was given stays Node's, and the next ones would never meet the door. */
const MOST = 10

interface Connection {
  readonly agent: Agent
  used: number
}

const connections = new WeakMap<Server, Connection>()

/**
 * Asks a server as proxies do: on connections that are kept, and without a header about them. Other requests of supertest close
 * theirs, which makes them Node's to parse.
 */
export function kept(server: Server): { get(path: string): Test } {
  return {
    get: (path) => {
      const { agent } = connectionTo(server)
      const test = request(server).get(path).agent(agent)
      // The last that is done before its head is sent.
      test.on('request', ({ req }) => req.removeHeader('Connection'))
      return test
    },
  }
}

function connectionTo(server: Server): Connection {
  const known = connections.get(server)
  if (known && ++known.used < MOST) return known
  const fresh = { agent: new Agent({ keepAlive: true }), used: 0 }
  connections.set(server, fresh)
  return fresh
}
