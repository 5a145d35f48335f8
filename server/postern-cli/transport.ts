import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import { connectThrough, proxyFor } from './proxy.js'

const TIMEOUT = 30_000

interface Exchange {
  readonly method: string
  readonly headers: OutgoingHttpHeaders
  readonly content: string
}

/**
 * Sends a request and reads the answer, without following a redirect. `fetch` would do, if Node 20's knew of proxies.
 *
 * @throws the error of the network
 */
export async function exchange(url: URL, { method, headers, content }: Exchange) {
  const signal = AbortSignal.timeout(TIMEOUT)
  const options = { method, headers, signal }
  const sent = await open(url, options, signal)
  sent.end(content)
  const response = await responseTo(sent)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, text }
}

/** Attack: without TLS a proxy on the network would read the token. So this machine, `http:`, is reached without one. */
async function open(url: URL, options: https.RequestOptions, signal: AbortSignal): Promise<ClientRequest> {
  // Without an agent, a connection ends with its answer, and the program with its last connection.
  if (url.protocol === 'http:') return http.request(url, { ...options, agent: false })
  const proxy = proxyFor(url, process.env)
  if (!proxy) return https.request(url, { ...options, agent: false })
  const socket = await connectThrough(proxy, url, signal)
  return https.request(url, { ...options, createConnection: () => socket })
}

async function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = await once(sent, 'response')
  return response
}
