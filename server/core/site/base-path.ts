/*
 * Where Postern is on its host. The base URL may have a path, such as `https://example.org/postern/`. The routes, and all other
 * code, name Postern's own paths without it: `/auth/tokens`. It is added wherever a browser or a client is given an address, and
 * taken off each request as the first of all.
 *
 * A proxy should pass the path on as it came. One that strips the path does as well: no own path begins with it. So no proxy has to
 * say which of both it does, and no header of a client decides.
 */

/** What the path of a base URL cannot begin with: a stripped path would be taken for one that is not. */
const OWN_SEGMENT = /^\/(?:auth|login|logout|info|whoami|ingress|health|metrics|favicon\.ico|\.well-known)(?:\/|$)/

/** Segments that mean the same to every proxy and router. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/

/** Returns whether Postern can be at the path of a base URL. */
export function isBasePath(pathname: string): boolean {
  return PLAIN_PATH.test(pathname) && !OWN_SEGMENT.test(pathname)
}

/** Returns the path before Postern's own ones: `/postern`, or nothing where Postern has the whole host. */
export function basePath({ pathname }: URL): string {
  return pathname.replace(/\/$/, '')
}

/** Returns the base URL as users type it, without a slash at the end. */
export function siteAddress(baseUrl: URL): string {
  return `${baseUrl.origin}${basePath(baseUrl)}`
}

/** Returns the path that a browser is given for an own path: `/auth/tokens` becomes `/postern/auth/tokens`. */
export function ownPath(baseUrl: URL, path: string): string {
  return ownPaths(baseUrl)(path)
}

/** Returns {@link ownPath} of one site: a long list asks it for each row. */
export function ownPaths(baseUrl: URL): (path: string) => string {
  const base = basePath(baseUrl)
  return (path) => `${base}${path}`
}

/**
 * Returns the whole address of an own path.
 *
 * Attack: of `//evil/x` or `/\evil/x`, which a request line may hold, a browser makes another host. Here it is a path of one slash.
 */
export function ownUrl(baseUrl: URL, path: string): URL {
  return new URL(`${siteAddress(baseUrl)}${path.replace(/^[/\\]+/, '/')}`)
}

/**
 * Returns the own path of a request, with its query.
 *
 * Attack: a request line may name any host before the path (`GET http://evil/auth/…`), which is never ours to repeat.
 *
 * @param target the request line's; with the base path, or without where a proxy has stripped it
 */
export function pathBelow(baseUrl: URL, target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  const base = basePath(baseUrl)
  const below = path.startsWith(base) ? path.slice(base.length) : path
  if (below === '' || below.startsWith('?')) return `/${below}`
  return below.startsWith('/') ? below : path
}
