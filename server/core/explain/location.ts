import { parsedUrl } from '../can-parse-url.js'
import { plainPath } from '../programs/path.js'

/** A protected location: all addresses below a prefix, and the requirement that the proxy has checked for them. */
export interface Location {
  /** Host, port where it is not the scheme's own, and the decoded path without a slash at its end. */
  readonly prefix: string
  /** The query string of the auth URL; {@link compileRequirement} reads it. */
  readonly query: string
  /** `declared` in the settings, or `learned` from the checks of the proxies. */
  readonly source: 'declared' | 'learned'
  /** The name that the settings give it. */
  readonly name?: string
}

/** How many segments of a path a learned location keeps: `/api/tap/sync`, and nothing below. */
const LEARNED_SEGMENTS = 3

/** The last segment of the path of a file, whose name may be private. */
const FILE = /\/[^/]*\.[^/]*$/

/**
 * Returns the prefixes of a URL, the longest first; none where two programs could read its path differently: the service may
 * then serve another location than the one that was checked.
 *
 * @param url absolute
 */
export function prefixesOf(url: string): string[] {
  const path = plainPath(url)
  const host = path === undefined ? undefined : parsedUrl(url)?.host
  if (path === undefined || host === undefined) return []
  const segments = path.split('/').filter((each) => each !== '')
  return Array.from({ length: segments.length + 1 }, (_, cut) =>
    [host, ...segments.slice(0, segments.length - cut)].join('/'),
  )
}

/** Returns the prefixes under which the check of a URL teaches its requirement; the site's root only by requests of it. */
export function prefixesToLearn(url: string): string[] {
  const prefixes = prefixesOf(url)
  if (prefixes.length <= 1) return prefixes
  const [whole = '', ...above] = prefixes.slice(0, -1)
  return (FILE.test(whole) ? above : [whole, ...above]).slice(-LEARNED_SEGMENTS)
}

/** The most requirements that are explained for one address. */
const MOST_LOCATIONS = 5

/**
 * Finds the locations that an address falls under: those of the longest prefix that is known. A declared one is preferred to
 * learned ones of the same prefix; several learned ones are possible, where the proxy decides by more than the path.
 */
export function locationsFor(url: string, known: readonly Location[]): Location[] {
  for (const prefix of prefixesOf(url)) {
    const found = known.filter((each) => each.prefix === prefix)
    const declared = found.filter(({ source }) => source === 'declared')
    if (declared.length > 0) return declared.slice(0, 1)
    if (found.length > 0) return found.slice(0, MOST_LOCATIONS)
  }
  return []
}
