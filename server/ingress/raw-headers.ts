/** The headers that a check uses, each of which came at most once. */
export class RawHeaders {
  authorization: string | undefined = undefined
  cookie: string | undefined = undefined
  originalMethod: string | undefined = undefined
  originalUrl: string | undefined = undefined
  forwardedMethod: string | undefined = undefined
  forwardedFor: string | undefined = undefined
  userAgent: string | undefined = undefined
  requestId: string | undefined = undefined
  /** Those of a page's script, on which the headers of a refusal depend. */
  origin: string | undefined = undefined
  requestedWith: string | undefined = undefined
  /** Those of NGINX Gateway Fabric, which a client of another proxy may have sent. */
  path: string | undefined = undefined
  method: string | undefined = undefined
}

// biome-ignore format: a table reads in columns
export const HEADER_FIELDS: readonly (readonly [usual: string, field: keyof RawHeaders])[] = [
  ['Cookie',             'cookie'],
  ['User-Agent',         'userAgent'],
  ['Authorization',      'authorization'],
  ['X-Original-URL',     'originalUrl'],
  ['X-Forwarded-For',    'forwardedFor'],
  ['X-Original-Method',  'originalMethod'],
  ['X-Forwarded-Method', 'forwardedMethod'],
  ['Path',               'path'],
  ['X-Request-Id',       'requestId'],
  ['Origin',             'origin'],
  ['X-Requested-With',   'requestedWith'],
  ['Method',             'method'],
]

/** Indexed by the length of the name and its first letter: few other headers share both with one of these. */
const FIELDS = Array.from({ length: 20 * 32 }, (_, slot) => {
  const found = HEADER_FIELDS.find(([usual]) => slotOf(usual) === slot)
  return found && ([found[0], found[0].toLowerCase(), found[1]] as const)
})

/** The five lower bits of a letter are the same in both cases. */
function slotOf(name: string): number {
  return name.length * 32 + (name.charCodeAt(0) & 31)
}

/**
 * Reads the headers from the raw lines. Node's `request.headers` parses all of them, which takes longer than the rest of a
 * cached check.
 *
 * @returns undefined if one came twice: the whole check decides about those
 */
export function readRawHeaders(rawHeaders: readonly string[]): RawHeaders | undefined {
  const headers = new RawHeaders()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const wanted = FIELDS[slotOf(name)]
    if (wanted === undefined || (name !== wanted[0] && name.toLowerCase() !== wanted[1])) continue
    if (headers[wanted[2]] !== undefined) return undefined
    headers[wanted[2]] = rawHeaders[at + 1]
  }
  return headers
}
