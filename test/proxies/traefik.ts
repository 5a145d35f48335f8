import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { parse } from 'yaml'

/** A request as a client sends it; header names in lower case, each with its lines. */
export interface ClientRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, readonly string[]>>
}

export interface TraefikCheck {
  readonly address: string
  readonly trustForwardHeader: boolean
  readonly authResponseHeaders: readonly string[]
  readonly authResponseHeadersRegex: string
}

interface Router {
  readonly rule: string
  readonly priority: number
  readonly middlewares: readonly string[]
  readonly service: string
}

interface Middleware {
  readonly redirectRegex?: { readonly regex: string; readonly replacement: string; readonly permanent?: boolean }
  readonly forwardAuth?: TraefikCheck
  readonly headers?: {
    readonly customRequestHeaders?: Readonly<Record<string, string>>
    readonly customResponseHeaders?: Readonly<Record<string, string>>
  }
}

const text = (name: string) => readFileSync(new URL(`../../deploy/traefik/${name}`, import.meta.url), 'utf8')
const read = (name: string) => parse(text(name))

/** The shipped `postern.yaml`. */
export const traefik: {
  readonly middlewares: Readonly<Record<string, Middleware>>
  readonly routers: Readonly<Record<string, Router>>
} = read('postern.yaml').http

/** The shipped `traefik.yaml`. */
export const traefikStatic = read('traefik.yaml')

/** The shipped files with the lines for TLS, as their comments say. */
export function traefikWithTls() {
  const uncommented = (name: string) =>
    text(name)
      .replace(/^( *)# ((?: *[a-z][\w-]*:)+)(?=$| )/gm, '$1$2')
      .replace(/^# ( {2,}- )/gm, '$1')
  return {
    fixed: parse(uncommented('traefik.yaml').replace(/^ +address: ':80'\n(?=.*\n +address: ':443')/m, '')),
    dynamic: parse(uncommented('postern.yaml')),
  }
}

/** The router for a path of the site: the one with the highest priority whose rule matches. */
export function traefikRouter(path: string, host = 'data.example.org'): Router | undefined {
  return Object.values(traefik.routers)
    .filter(({ rule }) => matches(rule, host, path))
    .sort((a, b) => b.priority - a.priority)[0]
}

/** Where the middlewares of a router lead an address, if they do (its documentation, "RedirectRegex"). */
export function traefikLeadsTo(address: string): string | undefined {
  const { host, pathname } = new URL(address)
  const [redirect] =
    traefikRouter(pathname, host)?.middlewares.flatMap((name) => traefik.middlewares[name]?.redirectRegex ?? []) ?? []
  const pattern = redirect && new RegExp(redirect.regex)
  return pattern?.test(address)
    ? address.replace(pattern, redirect?.replacement.replace(/\$\{(\d)\}/g, '$$$1') ?? '')
    : undefined
}

/**
 * A path as Traefik matches it and sends it (its documentation, "Request Path"): refused with what `encodedCharacters`
 * does not allow; otherwise with unreserved characters decoded, and without dots and doubled slashes.
 */
export function asTraefikReads(path: string): string | undefined {
  if (/%(?:2f|5c|00|3b|25|3f|23)/i.test(path)) return undefined
  return withoutDots(decodeUnreserved(path))
}

export function decodeUnreserved(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (code, hex) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[\w.~-]/.test(character) ? character : code
  })
}

/** Removes `.`, `..` and empty segments. */
export function withoutDots(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  return `/${kept.join('/')}${segments.at(-1) === '' && kept.length > 0 ? '/' : ''}`
}

/** Every rule that is shipped has this form; any other would have to be understood here first. */
function matches(rule: string, host: string, path: string): boolean {
  const parts = /^(!?)Host\(`([^`]+)`\)(?: && PathRegexp\(`(.*)`\))?$/.exec(rule)
  if (!parts) throw new Error(`A rule that is not understood: ${rule}`)
  const [, not, named, pattern] = parts
  return (host === named) === (not === '') && (pattern === undefined || new RegExp(pattern).test(path))
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * What Traefik sends to a ForwardAuth address (its documentation, "ForwardAuth"): a GET with the headers of the request,
 * without hop-by-hop ones, and its own five X-Forwarded-*, which replace the client's unless they are trusted.
 */
export function asTraefikAsks({ method, path, headers }: ClientRequest): Record<string, string | string[]> {
  const passed = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))
  return {
    ...Object.fromEntries(passed.map(([name, lines]) => [name, [...lines]])),
    'X-Forwarded-For': '192.0.2.7',
    'X-Forwarded-Method': method,
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'data.example.org',
    'X-Forwarded-Uri': path,
  }
}

/**
 * The headers that reach a service, lower case: those of `authResponseHeaders`, and those that match the pattern, removed and
 * set from the answer; then what the other middlewares remove.
 */
export function asTraefikSends(
  { headers }: ClientRequest,
  { middlewares }: Router,
  answer: IncomingHttpHeaders,
): Record<string, string | readonly string[]> {
  const sent: Record<string, string | readonly string[]> = { ...headers }
  for (const { forwardAuth, headers: changes } of middlewares.map((name) => traefik.middlewares[name] ?? {})) {
    const pattern = forwardAuth && new RegExp(forwardAuth.authResponseHeadersRegex, 'i')
    const named = forwardAuth?.authResponseHeaders.map((each) => each.toLowerCase()) ?? []
    const matching = [...Object.keys(sent), ...Object.keys(answer)].filter((name) => pattern?.test(name))
    for (const name of [...named, ...matching]) {
      delete sent[name]
      const value = answer[name]
      if (value !== undefined) sent[name] = value
    }
    for (const [name, value] of Object.entries(changes?.customRequestHeaders ?? {}))
      if (value === '') delete sent[name.toLowerCase()]
      else sent[name.toLowerCase()] = value
  }
  return sent
}
