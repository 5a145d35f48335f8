/** Where the requests go. */
export interface Target {
  /** The site's host and port. */
  readonly host: string
  /** Ada's token, with the scope of the service. */
  readonly token: string
}

/** A way to get past the gate, or to be somebody else behind it. */
export interface Smuggling {
  readonly name: string
  /** Words of the request that must not be in the line, the headers or the trailers of anything that reaches a service. */
  readonly never: readonly string[]
  /** The bytes of the request, each a character. */
  readonly bytes: (target: Target) => string
  /** What it comes to: Ada's request arrives, or nothing does. Where it is not said, either will do. */
  readonly outcome?: 'passes' | 'refused'
}

export const CRLF = '\r\n'
export const SYNC = 'GET /tap/sync HTTP/1.1'

/** A request of whole lines; the site's Host stands first, and `Connection: close` last, unless the lines have their own. */
export function lines({ host }: Target, start: string, headers: readonly string[] = [], body = ''): string {
  const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(`${name}:`))
  const all = [
    start,
    ...(has('host') ? [] : [`Host: ${host}`]),
    ...headers,
    ...(has('connection') ? [] : ['Connection: close']),
  ]
  return `${all.join(CRLF)}${CRLF}${CRLF}${body}`
}

export const bearer = ({ token }: Target) => `Authorization: Bearer ${token}`

/** Ada's own request with something added. */
export const adas =
  (...headers: string[]) =>
  (target: Target) =>
    lines(target, SYNC, [bearer(target), ...headers])

/** A request for a path by nobody. */
export const nobodys =
  (path: string, ...headers: string[]) =>
  (target: Target) =>
    lines(target, `GET ${path} HTTP/1.1`, headers)
