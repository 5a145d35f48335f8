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

type SetsHeader = (headers: RawHeaders, value: string | undefined) => void

/** Each with its field, and with code that sets it: by a name that is a value this takes several times as long. */
// biome-ignore format: a table reads in columns
export const HEADER_FIELDS: readonly (readonly [usual: string, field: keyof RawHeaders, set: SetsHeader])[] = [
  ['Cookie',             'cookie',          (headers, value) => { headers.cookie = value }],
  ['User-Agent',         'userAgent',       (headers, value) => { headers.userAgent = value }],
  ['Authorization',      'authorization',   (headers, value) => { headers.authorization = value }],
  ['X-Original-URL',     'originalUrl',     (headers, value) => { headers.originalUrl = value }],
  ['X-Forwarded-For',    'forwardedFor',    (headers, value) => { headers.forwardedFor = value }],
  ['X-Original-Method',  'originalMethod',  (headers, value) => { headers.originalMethod = value }],
  ['X-Forwarded-Method', 'forwardedMethod', (headers, value) => { headers.forwardedMethod = value }],
  ['Path',               'path',            (headers, value) => { headers.path = value }],
  ['X-Request-Id',       'requestId',       (headers, value) => { headers.requestId = value }],
  ['Origin',             'origin',          (headers, value) => { headers.origin = value }],
  ['X-Requested-With',   'requestedWith',   (headers, value) => { headers.requestedWith = value }],
  ['Method',             'method',          (headers, value) => { headers.method = value }],
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
