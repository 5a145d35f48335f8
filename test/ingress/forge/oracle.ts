/**
 * What a credential is, by the standards alone.
 *
 * - genuine: a living token in the one form that the standards give it. It has to be admitted.
 * - equivalent: the whole of a living token in a form that is not quite that one. Either answer is right: its sender has the token.
 * - forged: anything else. It must be refused.
 */
export type Verdict = 'genuine' | 'equivalent' | 'forged'

/** The living tokens, and the cookies that may carry one. */
export interface Living {
  readonly tokens: ReadonlySet<string>
  readonly cookies: readonly string[]
}

/**
 * Judges the head of a request, each character a byte. It shares no code with the server, and decodes base64 by itself.
 */
export function judge(head: string, living: Living): Verdict {
  if (isGenuine(head, living)) return 'genuine'
  return holdsToken(head, living) ? 'equivalent' : 'forged'
}

interface Line {
  readonly name: string
  readonly value: string
}

/** RFC 9110 §5.5, §5.6.2: a token, a colon, and visible ASCII. */
const STRICT_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)$/

function isGenuine(head: string, { tokens, cookies }: Living): boolean {
  const lines: Line[] = []
  for (const line of head.slice(0, -4).split('\r\n').slice(1)) {
    const [, name, value] = STRICT_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return false
    lines.push({ name: name.toLowerCase(), value })
  }
  const authorizations = lines.filter(({ name }) => name === 'authorization')
  const jars = lines.filter(({ name }) => name === 'cookie')
  const ours = jars
    .flatMap(({ value }) => value.split('; '))
    .filter((pair) => cookies.some((name) => pair.startsWith(`${name}=`)))
  if (jars.length > 1 || authorizations.length + ours.length !== 1) return false
  const [pair] = ours
  if (pair !== undefined) return tokens.has(pair.slice(pair.indexOf('=') + 1))
  const [, scheme = '', rest = ''] = /^([A-Za-z]+) +([!-~]+)$/.exec(authorizations[0]?.value ?? '') ?? []
  if (/^(?:bearer|token)$/i.test(scheme)) return tokens.has(rest)
  // RFC 4648 §4, with its padding and without bits that mean nothing.
  if (!/^basic$/i.test(scheme) || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(rest))
    return false
  const { bytes, left } = decodeSextets(rest.replace(/=+$/, ''), STANDARD)
  const fields = fieldsOf(bytes.toString('latin1'))
  return (
    left === 0 &&
    fields.filter((each) => tokens.has(each)).length === 1 &&
    !fields.some((each) => isSpoiled(each, tokens))
  )
}

/** Whether a field was meant to be a token, and is none that lives. */
function isSpoiled(field: string, tokens: ReadonlySet<string>): boolean {
  return !tokens.has(field) && /gt-/i.test(field)
}

/** Whether any place of a credential has a whole living token in it, in any form that a lenient server may read. */
function holdsToken(head: string, living: Living): boolean {
  const unfolded = head.replace(/(?:\r\n|\n|\r)[ \t]+/g, ' ')
  return unfolded.split(/\r\n|\n|\r/).some((line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1)
    if (name === 'authorization') return candidatesOf(value).some((each) => isToken(each, living.tokens))
    return name === 'cookie' && cookiesOf(value, living.cookies).some((each) => isToken(each, living.tokens))
  })
}

function candidatesOf(value: string): string[] {
  const [, scheme = '', rest = ''] = /^\s*(\S+)\s+(.*)$/s.exec(value) ?? []
  if (/^(?:bearer|token)$/i.test(scheme)) return [rest, inUtf8(rest)]
  if (!/^basic$/i.test(scheme)) return []
  const text = rest.replace(/\s+/g, '').replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/_-]+$/.test(text)) return []
  const { bytes } = decodeSextets(text.replaceAll('-', '+').replaceAll('_', '/'), STANDARD)
  return fieldsOf(bytes.toString('utf8'))
}

function cookiesOf(value: string, names: readonly string[]): string[] {
  return value.split(';').flatMap((part) => {
    const pair = part.replace(/^[ \t]+/, '').trimEnd()
    const name = names.find((each) => pair.startsWith(`${each}=`))
    return name === undefined ? [] : [pair.slice(name.length + 1).replace(/^"(.*)"$/s, '$1')]
  })
}

/** Those that show nothing, and the one that stands for bytes that are no text. */
const INVISIBLE = '[\\s\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFD]*'
const AMONG_INVISIBLE = new RegExp(`^${INVISIBLE}(gt-[A-Za-z0-9_.-]+)${INVISIBLE}$`, 'su')

function isToken(text: string, tokens: ReadonlySet<string>): boolean {
  return tokens.has(text) || tokens.has(AMONG_INVISIBLE.exec(text)?.[1] ?? '')
}

const inUtf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8')

/** RFC 7617 §2: the first colon separates them. */
function fieldsOf(pair: string): string[] {
  const colon = pair.indexOf(':')
  return colon < 0 ? [] : [pair.slice(0, colon), pair.slice(colon + 1)]
}

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Decodes sextets; `left` is what the bits behind the last whole byte say. */
function decodeSextets(text: string, alphabet: string): { readonly bytes: Buffer; readonly left: number } {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const character of text) {
    held = (held << 6) | alphabet.indexOf(character)
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes.push(held >> bits)
    held &= (1 << bits) - 1
  }
  return { bytes: Buffer.from(bytes), left: held }
}
