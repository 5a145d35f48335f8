import { Agent as HttpAgent } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'

/** What a TLS connection to the API server needs. */
export type Tls = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

/** Keeps connections open from request to request, until a certificate is replaced. */
export function keptAgent(server: URL): (tls: Tls) => HttpAgent | Agent {
  let kept: { readonly id: string; readonly agent: HttpAgent | Agent } | undefined
  return (tls) => {
    const id = JSON.stringify(tls)
    if (kept?.id !== id) {
      const agent =
        server.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new Agent({ ...tls, keepAlive: true })
      kept = { id, agent }
    }
    return kept.agent
  }
}
