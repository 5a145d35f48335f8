import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

/** Finds the proxy for an address with TLS: `https_proxy`, unless `no_proxy` names the host. Nodes of a cluster often have no other way out. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const named = env.https_proxy || env.HTTPS_PROXY
  if (url.protocol !== 'https:' || !named) return undefined
  const direct = (env.no_proxy || env.NO_PROXY || '').split(',').map((each) => each.trim().replace(/^\./, ''))
  const isDirect = direct.some((name) => name === '*' || (name !== '' && endsWithName(url, name)))
  return isDirect ? undefined : new URL(named.includes('://') ? named : `http://${named}`)
}

function endsWithName({ hostname, host }: URL, name: string): boolean {
  return [hostname, host].some((each) => each === name || each.endsWith(`.${name}`))
}

/** Opens a TLS connection to a site through a proxy (RFC 9110 §9.3.6); the proxy sees the host alone. */
export async function connectThrough(proxy: URL, site: URL, signal: AbortSignal): Promise<TLSSocket> {
  const port = site.port || '443'
  const target = `${site.hostname}:${port}`
  const opening = request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || '80',
    method: 'CONNECT',
    path: target,
    headers: { Host: target, ...authorizationOf(proxy) },
    agent: false,
    signal,
  }).end()
  const [answer, socket]: [IncomingMessage, Socket] = await opened(opening)
  if (answer.statusCode !== 200) {
    socket.destroy()
    throw new Error(`the proxy ${proxy.host} answered ${answer.statusCode}`)
  }
  const host = site.hostname.replace(/^\[|\]$/g, '')
  return connect({ socket, host, ...(isIP(host) === 0 && { servername: host }) })
}

async function opened(opening: ReturnType<typeof request>): Promise<[IncomingMessage, Socket]> {
  const [answer, socket] = await once(opening, 'connect')
  return [answer, socket]
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
