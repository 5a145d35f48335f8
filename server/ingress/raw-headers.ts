/** The headers that a check goes by, each of which came once or not at all. */
export class RawHeaders {
  authorization: string | undefined = undefined
  cookie: string | undefined = undefined
  originalMethod: string | undefined = undefined
  originalUrl: string | undefined = undefined
  forwardedMethod: string | undefined = undefined
  forwardedFor: string | undefined = undefined
  userAgent: string | undefined = undefined
}

/** By the length of a name first: few of those that a client may send are as long as one of these. */
// biome-ignore format: a table reads in columns
const FIELDS: readonly (readonly [usual: string, name: string, field: keyof RawHeaders] | undefined)[] = listed([
  ['Cookie',             'cookie'],
  ['User-Agent',         'userAgent'],
  ['Authorization',      'authorization'],
  ['X-Original-URL',     'originalUrl'],
  ['X-Forwarded-For',    'forwardedFor'],
  ['X-Original-Method',  'originalMethod'],
  ['X-Forwarded-Method', 'forwardedMethod'],
])

function listed(names: readonly (readonly [usual: string, field: keyof RawHeaders])[]) {
  return Array.from({ length: 20 }, (_, length) => {
    const found = names.find(([usual]) => usual.length === length)
    return found && ([found[0], found[0].toLowerCase(), found[1]] as const)
  })
}

/**
 * Reads them from the lines as they came: to put all of a request's headers in order, as Node does when they are asked
 * for, takes longer than the rest of a check that is remembered. Undefined when one came twice: what that means is a
 * longer story, and told elsewhere.
 */
export function readRawHeaders(rawHeaders: readonly string[]): RawHeaders | undefined {
  const seen = new RawHeaders()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const wanted = FIELDS[name.length]
    if (wanted === undefined || (name !== wanted[0] && name.toLowerCase() !== wanted[1])) continue
    if (seen[wanted[2]] !== undefined) return undefined
    seen[wanted[2]] = rawHeaders[at + 1]
  }
  return seen
}
