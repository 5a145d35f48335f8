import { isIP } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import type { Answer } from './answer.js'
import { EXIT, Failure, reasonOfError } from './failure.js'
import { exchange } from './transport.js'

export const CLIENT = 'postern-cli'
const [major = '', minor = ''] = process.versions.node.split('.')
const AGENT = `${CLIENT}/1.0 (${process.platform}; node ${major}.${minor})`
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Reads the address of a site. Without TLS the token would be readable on the network, so only this machine may do without. */
export function siteOf(text: string): string {
  const address = text.includes('://') ? text : `https://${text}`
  const refusal = new Failure(EXIT.usage, `${text} is no address of a site, such as https://data.example.org`)
  const url = urlOf(address)
  if (!url) throw refusal
  const { protocol, host, hostname, pathname, search, hash, username } = url
  const isWeb = protocol === 'http:' || protocol === 'https:'
  if (!isWeb || hostname === '' || search !== '' || hash !== '' || username !== '') throw refusal
  if (protocol === 'http:' && !LOOPBACK.includes(hostname)) {
    throw new Failure(EXIT.usage, `${text} has no TLS: a token is sent over https alone`)
  }
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
}

function urlOf(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

/** Returns the host of a site as `.netrc` names it. */
export function hostOf(site: string): string {
  const { hostname } = new URL(site)
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 6 ? bare : hostname
}

export interface Sending {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** Sends a request. Only the answers of the protocol pass: neither a page nor a redirect is one. */
export async function send(site: string, sending: Sending): Promise<Answer> {
  const { method, path, token } = sending
  const { type, content } = contentOf(sending)
  const headers = {
    Accept: 'application/json',
    'User-Agent': AGENT,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(type !== undefined && { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(content)) }),
  }
  const { status, text } = await exchange(new URL(`${site}${path}`), { method, headers, content }).catch((error) => {
    const reason = reasonOfError(error, getSystemErrorMap())
    throw new Failure(EXIT.unreachable, `${site} cannot be reached: ${reason}`)
  })
  if (status >= 300 && status < 400) {
    // Attack: followed, a redirect to another host would take the Authorization header there.
    throw new Failure(EXIT.unreachable, `${site} leads elsewhere (${status}); is it the address of Postern?`)
  }
  return { site, status, body: parsed(site, status, text) }
}

function contentOf({ body, form }: Sending): { readonly type?: string; readonly content: string } {
  if (body !== undefined) return { type: 'application/json', content: JSON.stringify(body) }
  if (form === undefined) return { content: '' }
  return { type: 'application/x-www-form-urlencoded', content: new URLSearchParams(form).toString() }
}

function parsed(site: string, status: number, text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    if (status === 404) throw new Failure(EXIT.refused, `${site} has no such address: it does not offer this`)
    const question = 'and no JSON; is it the address of Postern?'
    throw new Failure(EXIT.unreachable, `${site} answered ${status}, ${question}`)
  }
}
