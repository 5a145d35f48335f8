import { redactUrl } from '../redact.js'

/** An event in its exported form. */
export type ExportedEvent = Readonly<Record<string, unknown>>

/** In characters. Clients choose some texts, such as paths; none of ours is longer. */
const MAX_TEXT_LENGTH = 1_000
/** Entries of a list or an object. */
const MAX_ENTRIES = 200
/** Names whose texts are kept. Those of ours are a hundred; clients choose others. */
const MAX_NAMES = 500

/**
 * Writes the facts of an event in canonical JSON: without secrets of tokens, without absent values, and bounded.
 *
 * Attack: a client puts a stolen token into a path or a name, and a reader of the log gets it.
 *
 * It makes no copy in between: each object of another form costs the engine a description of that form, which takes several times
 * as long as to write its text.
 */
export function writeFacts(facts: ExportedEvent): string {
  return textOfObject(facts) ?? '{}'
}

/** Copies the facts of an event as {@link writeFacts} writes them. */
export function cleanFacts(facts: ExportedEvent): ExportedEvent {
  return JSON.parse(writeFacts(facts)) as ExportedEvent
}

/** Returns undefined for a value that is left out. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return JSON.stringify(cleanText(value))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return Array.isArray(value) ? textOfList(value) : textOfObject(value)
}

function textOfList(list: readonly unknown[]): string {
  const texts = list.slice(0, MAX_ENTRIES).map((each) => textOf(each) ?? 'null')
  return `[${texts.join(',')}]`
}

function textOfObject(value: object): string | undefined {
  const fields = fieldsIn(value as ExportedEvent)
  if (!fields) return textOfUnusual(value as ExportedEvent)
  let text = ''
  for (const { name, opening } of fields) {
    const each = textOf((value as ExportedEvent)[name])
    if (each !== undefined) text += `${text === '' ? '{' : ','}${opening}${each}`
  }
  return text === '' ? undefined : `${text}}`
}

/** A name, and what is written before its value. */
interface Field {
  readonly name: string
  readonly opening: string
}

const known = new Map<string, Field>()

/** Returns the fields of an object in order; undefined where one has an unusual name, or there are too many. */
function fieldsIn(value: ExportedEvent): readonly Field[] | undefined {
  const names = Object.keys(value)
  if (names.length > MAX_ENTRIES) return undefined
  const fields: Field[] = []
  let isInOrder = true
  let last = ''
  for (const name of names) {
    const field = known.get(name) ?? learn(name)
    if (!field) return undefined
    if (name < last) isInOrder = false
    last = name
    fields.push(field)
  }
  return isInOrder ? fields : fields.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A name that is a number comes before all others in every object, and is no usual one. */
const USUAL = /^[@A-Z_a-z][\w.-]*$/

function learn(name: string): Field | undefined {
  if (!USUAL.test(name) || cleanText(name) !== name) return undefined
  const field = { name, opening: `${JSON.stringify(name)}:` }
  if (known.size < MAX_NAMES) known.set(name, field)
  return field
}

/** As {@link textOfObject}, of names that are cleaned, too: two of them may become one. */
function textOfUnusual(value: ExportedEvent): string | undefined {
  const texts = new Map<string, string>()
  for (const [name, each] of Object.entries(value).slice(0, MAX_ENTRIES)) {
    const text = textOf(each)
    if (text !== undefined) texts.set(cleanText(name), text)
  }
  const inOrder = Object.keys(Object.fromEntries([...texts].sort(([a], [b]) => (a < b ? -1 : 1))))
  const all = inOrder.map((name) => `${JSON.stringify(name)}:${texts.get(name)}`)
  return all.length === 0 ? undefined : `{${all.join(',')}}`
}

/** Redacts the secrets in a text, and shortens it. */
function cleanText(text: string): string {
  return redactUrl(text).slice(0, MAX_TEXT_LENGTH)
}
