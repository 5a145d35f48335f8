import type { Chance } from '../../support/chance.js'
import { CARRIERS, carried, utf8 } from './carriers.js'
import { HEADER_KINDS } from './header-kinds.js'
import type { Stock } from './stock.js'

/** A credential that is none, or one in another form: the header lines of a request. */
export interface Forgery {
  readonly kind: string
  /** The living token that it was made from. */
  readonly of: string
  readonly lines: readonly string[]
}

/** Changes the text of a token. */
type Change = (text: string, chance: Chance, stock: Stock) => string

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const letters = (count: number, chance: Chance) =>
  Array.from({ length: count }, () => ALPHABET.charAt(chance.between(0, 63))).join('')

/** A place in the text, mostly in the secret: a key that was never issued waits up to a second to be looked up. */
function place(text: string, chance: Chance): number {
  return chance.next() < KEYS_ALTERED ? chance.between(0, 25) : chance.between(26, text.length - 1)
}

const KEYS_ALTERED = 0.03
const put = (text: string, at: number, what: string, over = 0) => text.slice(0, at) + what + text.slice(at + over)

/** Characters that look like others, or that another program makes into others. */
const LOOKALIKES: Readonly<Record<string, readonly string[]>> = {
  ...{
    a: ['\u0430', '\uff41'],
    c: ['\u0441'],
    e: ['\u0435'],
    g: ['\u0261', '\uff47'],
    i: ['\u0131', 'l', '1'],
    k: ['\u212a'],
  },
  ...{
    l: ['I', '1', '|'],
    o: ['\u043e', '0', '\u03bf'],
    p: ['\u0440'],
    s: ['\u017f'],
    t: ['\uff54', '\u0442'],
    x: ['\u0445'],
  },
  ...{
    A: ['\u0410', '\u0391'],
    B: ['\u0412', '8'],
    I: ['l', '1'],
    K: ['\u212a'],
    O: ['0', '\u041e'],
    S: ['5'],
    Z: ['2'],
  },
  ...{ 0: ['O', '\uff10'], 1: ['l', 'I'], 2: ['Z'], 5: ['S'], 8: ['B'], _: ['\uff3f', '-'] },
  ...{ '-': ['\u2010', '\u2013', '\u2212', '_', '\u00ad'], '.': ['\u3002', '\uff0e', '\u2024', ',', '\u00b7'] },
}

const ALIKE = new RegExp(`[${Object.keys(LOOKALIKES).join('').replace('-', '')}-]`)

/** Returns the place of a character of this kind, from a place on, or else the first. */
function nearest(text: string, from: number, kind: RegExp): number {
  const after = text.slice(from).search(kind)
  return after < 0 ? text.search(kind) : from + after
}

/** Characters that end a text, a line or a field somewhere, or show nothing. */
const ODD = [
  ...['\0', '\t', '\n', '\r', '\r\n', '\v', '\f', '\x01', '\x1b', '\x7f', '\x80', '\x85', '\xa0', '\xad', '\xff', ' '],
  ...[
    '\u200b',
    '\u200d',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\u0300',
    '\u{e0001}',
    '%',
    '"',
    "'",
    '\\',
    ',',
    ';',
    ':',
    '=',
    '&',
    '+',
    '/',
  ],
]

const PREFIXES = [
  ...[
    'GT-',
    'Gt-',
    'gT-',
    'gt_',
    'gt',
    'gt--',
    'gt-gt-',
    '',
    'gs-',
    'xgt-',
    ' gt-',
    'gt -',
    'gt- ',
    'gt.',
    '-gt-',
    'g-',
    't-',
  ],
  ...['gt\u2010', 'gt%2D', '\uff47\uff54-', 'gt-\0', '\0gt-', 'Bearer gt-', '"gt-', 'gt-"', '\ufeffgt-'],
]

const CHANGES: Readonly<Record<string, Change>> = {
  'one bit': (text, chance) => {
    const at = place(text, chance)
    return put(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << chance.between(0, 7))), 1)
  },
  'several bits': (text, chance) => {
    let changed = text
    for (let count = chance.between(2, 5); count > 0; count--)
      changed = CHANGES['one bit']?.(changed, chance, NONE) ?? ''
    return changed
  },
  'letter case': (text, chance) => {
    const at = nearest(text, place(text, chance), /[A-Za-z]/)
    const letter = text.charAt(at)
    const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
    return chance.pick([put(text, at, other, 1), put(text, at, other, 1), text.toLowerCase(), text.toUpperCase()])
  },
  'other characters': (text, chance) => {
    const count = chance.between(1, 4)
    return put(text, Math.min(place(text, chance), text.length - count), letters(count, chance), count)
  },
  'two characters changed about': (text, chance) => {
    const at = Math.min(place(text, chance), text.length - 2)
    return put(text, at, text.charAt(at + 1) + text.charAt(at), 2)
  },
  longer: (text, chance) =>
    put(text, chance.pick([0, text.length, text.length, place(text, chance)]), letters(chance.between(1, 3), chance)),
  shorter: (text, chance) => put(text, place(text, chance), '', chance.between(1, 3)),
  'cut off': (text, chance) => chance.pick([text.slice(0, place(text, chance)), text.slice(place(text, chance) + 1)]),
  lookalikes: (text, chance) => {
    const at = nearest(text, place(text, chance), ALIKE)
    return put(text, at, chance.pick(LOOKALIKES[text.charAt(at)] ?? ['?']), 1)
  },
  'odd characters': (text, chance) =>
    put(
      text,
      chance.pick([0, text.length, place(text, chance), place(text, chance)]),
      chance.pick(ODD),
      chance.between(0, 1),
    ),
  prefix: (text, chance) => chance.pick(PREFIXES) + text.slice(3),
  'low bits': (text, chance) => {
    const at = chance.next() < KEYS_ALTERED ? 24 : text.length - 1
    const value = ALPHABET.indexOf(text.charAt(at))
    return put(text, at, ALPHABET.charAt((value & 0x30) | ((value + chance.between(1, 15)) & 0x0f)), 1)
  },
  'key of one, secret of another': (text, chance, { living, dead }) => {
    const other = chance.pick([...living, ...dead])
    return chance.pick([text.slice(0, 25) + other.slice(25), other.slice(0, 25) + text.slice(25)])
  },
  'key of one, secret of none': (text, chance) => `${text.slice(0, 26)}${letters(22, chance)}`,
  revoked: (_text, chance, { revoked }) => chance.pick(revoked),
  expired: (_text, chance, { expired }) => chance.pick(expired),
  'parts in another order': (text, chance) =>
    chance.pick([
      `gt-${text.slice(26)}.${text.slice(3, 25)}`,
      [...text].reverse().join(''),
      text + text,
      `${text}.${text.slice(26)}`,
      `${text.slice(0, 25)}..${text.slice(26)}`,
      `gt-.${text.slice(26)}`,
      text.slice(0, 26),
      text.slice(26),
      text.slice(3),
    ]),
  'other encodings': (text, chance) => {
    const at = place(text, chance)
    const code = text.charCodeAt(at)
    return chance.pick([
      put(text, at, `%${code.toString(16)}`, 1),
      put(text, at, `\\u00${code.toString(16)}`, 1),
      put(text, at, `&#${code};`, 1),
      // Overlong UTF-8: two bytes for what has one.
      put(text, at, String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f)), 1),
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('hex'),
      Buffer.from(text, 'utf16le').toString('latin1'),
      `"${text}"`,
      `<${text}>`,
      `${text},`,
      `token=${text}`,
    ])
  },
  'very long': (text, chance) => {
    const long = 2 ** chance.between(8, 14)
    return chance.pick([
      text + letters(1, chance).repeat(long),
      'gt-'.repeat(long / 3) + text,
      text.slice(0, 26) + 'A'.repeat(long),
    ])
  },
  untouched: (text) => text,
}

const NONE: Stock = { living: [], revoked: [], expired: [], dead: [] }

/** How often the rarer kinds are drawn: those that send kilobytes, or change nothing. */
const RARE: Readonly<Record<string, number>> = { 'very long': 0.1, untouched: 0.5 }

/** Draws a forgery of a living token. */
export function drawForgery(text: string, chance: Chance, stock: Stock): Forgery {
  if (chance.next() < 0.3) {
    const kind = chance.pick(Object.keys(HEADER_KINDS))
    return {
      kind,
      of: text,
      lines: HEADER_KINDS[kind]?.(text, chance, (one) => changed(one, chance, stock).text) ?? [],
    }
  }
  const { kind, text: other } = changed(text, chance, stock)
  return { kind, of: text, lines: [carried(other, chance.pick(CARRIERS))] }
}

function changed(text: string, chance: Chance, stock: Stock): { readonly kind: string; readonly text: string } {
  for (;;) {
    const kind = chance.pick(Object.keys(CHANGES))
    if (chance.next() >= (RARE[kind] ?? 1)) continue
    const other = CHANGES[kind]?.(text, chance, stock) ?? ''
    // Bytes that are meant as such are Latin-1 already.
    return { kind, text: /[^\0-\xff]/.test(other) ? utf8(other) : other }
  }
}
