import { HEADER_FIELDS, RawHeaders } from '../raw-headers.js'

/** The head of a check that is plain in every respect. */
export interface PlainHead {
  /** The target of the request line, as Node's `request.url`. */
  readonly url: string
  readonly headers: RawHeaders
  /** Where its header lines begin, and where the next request does. */
  readonly lines: number
  readonly end: number
}

/** Strings of the requests before on a connection, used again where a request has the same bytes. */
export interface SeenStrings {
  url: string
  headers: RawHeaders
}

/** The most bytes of a plain head. */
export const MAX_PLAIN_BYTES = 16_384
/** Node keeps no more header lines than a bound of its own. */
const MAX_LINES = 100

const START = Buffer.from('GET /ingress/')
const VERSION = Buffer.from(' HTTP/1.1\r\n')

const CR = 13
const LF = 10
const SPACE = 32
const COLON = 58

const NAME = 1
const VALUE = 2
const TARGET = 4

/** The classes of each byte. RFC 9110 §5.6.2: token characters. A target is visible ASCII without a fragment. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, code) => {
  const isName = /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code))
  const isVisible = code > SPACE && code < 127
  return (isName ? NAME : 0) | (isVisible || code === SPACE ? VALUE : 0) | (isVisible && code !== 0x23 ? TARGET : 0)
})

/**
 * The headers that say how a request is framed, or what is to become of its connection.
 *
 * Attack: a body that one parser sees and the other does not is the client's own request to the check. With any of these a
 * request is Node's.
 */
const FRAMING = [
  ...['Content-Length', 'Transfer-Encoding', 'TE', 'Trailer', 'Expect', 'Upgrade', 'HTTP2-Settings'],
  ...['Connection', 'Proxy-Connection', 'Keep-Alive'],
]

type Meaning = keyof RawHeaders | 'host' | 'framing'

interface KnownName {
  /** In lower case. */
  readonly bytes: Buffer
  readonly meaning: Meaning
}

/** The known names by length and first letter. */
const KNOWN: readonly (KnownName | undefined)[] = knownNames([
  ['Host', 'host'],
  ...FRAMING.map((name) => [name, 'framing'] as const),
  ...HEADER_FIELDS,
])

function knownNames(names: readonly (readonly [name: string, meaning: Meaning])[]): (KnownName | undefined)[] {
  const slots: (KnownName | undefined)[] = Array.from({ length: 32 * 32 })
  for (const [name, meaning] of names) {
    const bytes = Buffer.from(name.toLowerCase())
    const slot = slotOf(bytes.length, bytes[0] ?? 0)
    if (slots[slot]) throw new Error(`${name} shares its length and first letter with another name`)
    slots[slot] = { bytes, meaning }
  }
  return slots
}

/** The five lower bits of a letter are the same in both cases. */
function slotOf(length: number, first: number): number {
  return length * 32 + (first & 31)
}

/** Returns what a header's name means; undefined for one that no check asks for. */
function meaningOf(bytes: Buffer, start: number, end: number): Meaning | undefined {
  const known = end - start < 32 ? KNOWN[slotOf(end - start, bytes[start] ?? 0)] : undefined
  if (known === undefined) return undefined
  const name = known.bytes
  // Among token characters this bit alone tells the cases of a letter apart, and changes no hyphen and no digit.
  for (let at = 0; at < name.length; at++) if (((bytes[start + at] ?? 0) | 32) !== name[at]) return undefined
  return known.meaning
}

/**
 * Parses the head of a check, if it is plain: a GET below `/ingress/` in HTTP/1.1 without a body, each line as proxies write it.
 * Where it returns a head, Node's parser returns the same.
 *
 * @param from where the request begins
 * @param seen takes the strings of this request, for the next one
 * @returns `incomplete` if more bytes may make it a plain head; `unusual` if none can: Node's parser judges it
 */
export function parseHead(bytes: Buffer, from: number, seen: SeenStrings): PlainHead | 'incomplete' | 'unusual' {
  const end = Math.min(bytes.length, from + MAX_PLAIN_BYTES)
  const missing = bytes.length - from >= MAX_PLAIN_BYTES ? 'unusual' : 'incomplete'
  const begun = compare(bytes, from, START)
  if (begun !== 'same') return begun === 'other' ? 'unusual' : missing

  let at = from + START.length
  while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & TARGET) !== 0) at++
  const urlEnd = at
  if (at === end) return missing
  const version = compare(bytes, at, VERSION)
  if (version !== 'same') return version === 'other' ? 'unusual' : missing
  at += VERSION.length
  if (at > end) return missing

  const lines = at
  const found = new FoundHeaders(bytes, seen.headers)
  for (let count = 0; count < MAX_LINES; count++) {
    const start = at
    while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & NAME) !== 0) at++
    if (at === end) return missing
    const nameEnd = at
    if (nameEnd === start) {
      if (bytes[at] !== CR) return 'unusual'
      if (at + 1 === end) return missing
      if (bytes[at + 1] !== LF || found.hosts !== 1) return 'unusual'
      seen.headers = found.headers
      seen.url = sameOrNew(bytes, from + 4, urlEnd, seen.url)
      return { url: seen.url, headers: found.headers, lines, end: at + 2 }
    }
    if (bytes[at] !== COLON) return 'unusual'
    const meaning = meaningOf(bytes, start, nameEnd)
    // At once, because Node refuses some of these before their lines end.
    if (meaning === 'framing') return 'unusual'
    if (++at === end) return missing
    if (bytes[at] !== SPACE) return 'unusual'
    const valueStart = ++at
    while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & VALUE) !== 0) at++
    if (valueStart < at && bytes[valueStart] === SPACE) return 'unusual'
    if (at === end) return missing
    if (bytes[at] !== CR || at === valueStart || bytes[at - 1] === SPACE) return 'unusual'
    if (at + 1 === end) return missing
    if (bytes[at + 1] !== LF) return 'unusual'
    if (meaning !== undefined && !found.take(meaning, valueStart, at)) return 'unusual'
    at += 2
  }
  return 'unusual'
}

/** Compares bytes with those that must be there; they may end before. */
function compare(bytes: Buffer, from: number, wanted: Buffer): 'same' | 'begun' | 'other' {
  for (let at = 0; at < wanted.length; at++) {
    if (from + at === bytes.length) return 'begun'
    if (bytes[from + at] !== wanted[at]) return 'other'
  }
  return 'same'
}

/** The headers of a request, as its lines are read. */
class FoundHeaders {
  readonly headers = new RawHeaders()
  hosts = 0
  readonly #bytes: Buffer
  readonly #before: RawHeaders

  constructor(bytes: Buffer, before: RawHeaders) {
    this.#bytes = bytes
    this.#before = before
  }

  /** Takes a line; returns false for the second of a name. */
  take(meaning: Exclude<Meaning, 'framing'>, start: number, end: number): boolean {
    if (meaning === 'host') return ++this.hosts === 1
    if (this.headers[meaning] !== undefined) return false
    this.headers[meaning] = sameOrNew(this.#bytes, start, end, this.#before[meaning])
    return true
  }
}

/** Returns the string that was read before if the bytes are its own: a new one costs more than a comparison. */
function sameOrNew(bytes: Buffer, start: number, end: number, before: string | undefined): string {
  if (before !== undefined && before.length === end - start) {
    let at = 0
    while (at < before.length && bytes[start + at] === before.charCodeAt(at)) at++
    if (at === before.length) return before
  }
  return bytes.toString('latin1', start, end)
}
