/** An element's start, as a parser with namespaces reports it. */
export interface XmlStart {
  /** With its prefix. */
  readonly name: string
  readonly prefix: string
  readonly uri: string
  readonly attributes: Readonly<Record<string, XmlAttribute>>
  /** The namespaces that it declares, by their prefixes; the default one has none. */
  readonly ns: Readonly<Record<string, string>>
}

export interface XmlAttribute {
  readonly name: string
  readonly prefix: string
  readonly local: string
  readonly uri: string
  readonly value: string
}

type Namespaces = ReadonlyMap<string, string>

interface Frame {
  readonly name: string
  /** All that are declared here. */
  readonly inScope: Namespaces
  /** Those that were written. */
  readonly written: Namespaces
}

const NONE: Frame = { name: '', inScope: new Map(), written: new Map() }
const XMLNS = 'http://www.w3.org/2000/xmlns/'

/**
 * Writes an element in Exclusive XML Canonicalization 1.0 without comments, from the events of a parser and one event at a time, so
 * that a document of any size is hashed.
 *
 * It is for signatures that are compared: a text that it would write wrongly is not signed.
 */
export class CanonicalXml {
  readonly #write: (text: string) => void
  readonly #inclusive: ReadonlySet<string>
  readonly #frames: Frame[] = []

  /**
   * @param write takes the text, piece by piece
   * @param inclusive prefixes that are written where they are declared: `PrefixList`, with `#default` for the default namespace
   */
  constructor(write: (text: string) => void, inclusive: Iterable<string> = []) {
    this.#write = write
    this.#inclusive = new Set(Array.from(inclusive, (each) => (each === '#default' ? '' : each)))
  }

  /** Whether the element has not ended. */
  get isOpen(): boolean {
    return this.#frames.length > 0
  }

  start({ name, prefix, uri, attributes, ns }: XmlStart): void {
    const above = this.#frames.at(-1) ?? NONE
    const own = Object.values(attributes).filter((each) => each.uri !== XMLNS)
    const inScope = this.#inclusive.size === 0 ? NONE.inScope : joined(above.inScope, Object.entries(ns))
    const fresh = new Map<string, string>()
    const use = (each: string, to: string) => {
      if (each !== 'xml' && (above.written.get(each) ?? '') !== to) fresh.set(each, to)
    }
    use(prefix, uri)
    for (const each of own) if (each.prefix !== '') use(each.prefix, each.uri)
    for (const each of this.#inclusive) use(each, inScope.get(each) ?? '')
    this.#frames.push({ name, inScope, written: joined(above.written, fresh) })
    this.#write(`<${name}${declarations(fresh)}${sorted(own).map(written).join('')}>`)
  }

  text(text: string): void {
    this.#write(text.replace(/[&<>\r]/g, (each) => ESCAPES[each] ?? each))
  }

  instruction(target: string, body: string): void {
    this.#write(`<?${target}${body === '' ? '' : ` ${body}`}?>`)
  }

  end(): void {
    this.#write(`</${this.#frames.pop()?.name}>`)
  }
}

function joined(namespaces: Namespaces, more: Iterable<readonly [string, string]>): Namespaces {
  const added = [...more]
  return added.length === 0 ? namespaces : new Map([...namespaces, ...added])
}

function declarations(fresh: Namespaces): string {
  if (fresh.size === 0) return ''
  const listed = [...fresh].sort(([one], [other]) => order(one, other))
  return listed.map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeValue(uri)}"`).join('')
}

const sorted = (attributes: XmlAttribute[]) =>
  attributes.sort((one, other) => order(one.uri, other.uri) || order(one.local, other.local))

const written = ({ name, value }: XmlAttribute) => ` ${name}="${escapeValue(value)}"`

const order = (one: string, other: string) => (one < other ? -1 : Number(one > other))

const escapeValue = (text: string) => text.replace(/[&<"\t\n\r]/g, (each) => ESCAPES[each] ?? each)

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}
