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

/** Strings of the requests before on a connection, used again where a request has the same bytes. None is a credential. */
export class SeenStrings {
  url = ''
  /** By the place of their header in {@link HEADER_FIELDS}. */
  readonly values: (string | undefined)[] = HEADER_FIELDS.map(() => undefined)
}

/** Bytes that requests are compared with. */
interface FixedBytes {
  readonly bytes: Uint8Array
  /** Read once: in a process with other code V8 calls a function for the length of an array of bytes. */
  readonly length: number
}

const bytesOf = (text: string): FixedBytes => ({ bytes: Uint8Array.from(Buffer.from(text)), length: text.length })

/** The most bytes of a plain head. */
export const MAX_PLAIN_BYTES = 16_384
/** Node keeps no more header lines than a bound of its own. */
const MAX_LINES = 100

const METHOD = 'GET '
const START = bytesOf(`${METHOD}/ingress/`)
const VERSION = bytesOf(' HTTP/1.1\r\n')

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

interface KnownName {
  /** In lower case. */
  readonly name: FixedBytes
  readonly meaning: 'host' | 'framing' | 'field'
  /** Of a header that a check asks for, in {@link HEADER_FIELDS}. */
  readonly place: number
  readonly set: (headers: RawHeaders, value: string | undefined) => void
  /** Whether its value may be kept: an idle connection keeps no credential in memory. */
  readonly isKept: boolean
}

const KEPT_NOWHERE = { place: 0, set: () => undefined, isKept: false }

/** The known names by length and first letter. */
const KNOWN: readonly (KnownName | undefined)[] = knownNames([
  { name: bytesOf('host'), meaning: 'host', ...KEPT_NOWHERE },
  ...FRAMING.map((name) => ({ name: bytesOf(name.toLowerCase()), meaning: 'framing' as const, ...KEPT_NOWHERE })),
  ...HEADER_FIELDS.map(([name, field, set], place) => ({
    ...{ name: bytesOf(name.toLowerCase()), meaning: 'field' as const, place, set },
    isKept: field !== 'authorization' && field !== 'cookie',
  })),
])

function knownNames(names: readonly KnownName[]): (KnownName | undefined)[] {
  const slots: (KnownName | undefined)[] = Array.from({ length: 32 * 32 })
  for (const each of names) {
    const { bytes, length } = each.name
    const slot = slotOf(length, bytes[0] ?? 0)
    if (slots[slot]) throw new Error(`${Buffer.from(bytes)} shares its length and first letter with another name`)
    slots[slot] = each
  }
  return slots
}

/** The five lower bits of a letter are the same in both cases. */
function slotOf(length: number, first: number): number {
  return length * 32 + (first & 31)
}

/** Returns the known name that these bytes are; undefined for one that no check asks for. */
function nameAt(bytes: Buffer, start: number, end: number): KnownName | undefined {
  const known = end - start < 32 ? KNOWN[slotOf(end - start, bytes[start] ?? 0)] : undefined
  if (known === undefined) return undefined
  const { bytes: name, length } = known.name
  // Among token characters this bit alone tells the cases of a letter apart, and changes no hyphen and no digit.
  for (let at = 0; at < length; at++) if (((bytes[start + at] ?? 0) | 32) !== name[at]) return undefined
  return known
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
  const { length } = bytes
  const end = Math.min(length, from + MAX_PLAIN_BYTES)
  const missing = length - from >= MAX_PLAIN_BYTES ? 'unusual' : 'incomplete'
  const begun = compare(bytes, from, START, length)
  if (begun !== 'same') return begun === 'other' ? 'unusual' : missing

  const urlStart = from + METHOD.length
  let at = urlStart
  // A text of a request before was found plain in the same place.
  const isSameUrl = seen.url !== '' && bytes[at + seen.url.length] === SPACE && isAt(bytes, at, seen.url, end)
  if (isSameUrl) at += seen.url.length
  else while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & TARGET) !== 0) at++
  const urlEnd = at
  if (at === end) return missing
  const version = compare(bytes, at, VERSION, length)
  if (version !== 'same') return version === 'other' ? 'unusual' : missing
  at += VERSION.length
  if (at > end) return missing
  if (!isSameUrl) seen.url = bytes.toString('latin1', urlStart, urlEnd)

  const lines = at
  const headers = new RawHeaders()
  let hosts = 0
  /** The places of the headers that came, as bits. */
  let came = 0
  for (let count = 0; count < MAX_LINES; count++) {
    const start = at
    while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & NAME) !== 0) at++
    if (at === end) return missing
    const nameEnd = at
    if (nameEnd === start) {
      if (bytes[at] !== CR) return 'unusual'
      if (at + 1 === end) return missing
      if (bytes[at + 1] !== LF || hosts !== 1) return 'unusual'
      return { url: seen.url, headers, lines, end: at + 2 }
    }
    if (bytes[at] !== COLON) return 'unusual'
    const known = nameAt(bytes, start, nameEnd)
    // At once, because Node refuses some of these before their lines end.
    if (known?.meaning === 'framing') return 'unusual'
    if (++at === end) return missing
    if (bytes[at] !== SPACE) return 'unusual'
    const valueStart = ++at
    const before = known?.isKept ? seen.values[known.place] : undefined
    const isSame = before !== undefined && bytes[at + before.length] === CR && isAt(bytes, at, before, end)
    if (isSame) at += before.length
    else {
      while (at < end && ((CLASSES[bytes[at] ?? 0] ?? 0) & VALUE) !== 0) at++
      if (valueStart < at && bytes[valueStart] === SPACE) return 'unusual'
      if (at === end) return missing
      if (bytes[at] !== CR || at === valueStart || bytes[at - 1] === SPACE) return 'unusual'
    }
    if (at + 1 === end) return missing
    if (bytes[at + 1] !== LF) return 'unusual'
    if (known?.meaning === 'host') hosts++
    else if (known !== undefined) {
      const bit = 1 << known.place
      if ((came & bit) !== 0) return 'unusual'
      came |= bit
      const value = isSame ? before : bytes.toString('latin1', valueStart, at)
      if (known.isKept && !isSame) seen.values[known.place] = value
      known.set(headers, value)
    }
    if (hosts > 1) return 'unusual'
    at += 2
  }
  return 'unusual'
}

/** Compares bytes with those that must be there; they may end before. */
function compare(bytes: Buffer, from: number, wanted: FixedBytes, end: number): 'same' | 'begun' | 'other' {
  const { bytes: those, length } = wanted
  for (let at = 0; at < length; at++) {
    if (from + at === end) return 'begun'
    if (bytes[from + at] !== those[at]) return 'other'
  }
  return 'same'
}

/** Returns whether a text stands here, with a byte behind it before the end. A new string costs more than this. */
function isAt(bytes: Buffer, from: number, text: string, end: number): boolean {
  if (from + text.length >= end) return false
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text.charCodeAt(at)) return false
  return true
}
