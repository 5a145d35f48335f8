import { redactUrl } from '../redact.js'

/** An event in its exported form. */
export type ExportedEvent = Readonly<Record<string, unknown>>

/** In characters. Clients choose some texts, such as paths; none of ours is longer. */
const MAX_TEXT_LENGTH = 1_000
/** Entries of a list or an object. */
const MAX_ENTRIES = 200

/**
 * Copies the facts of an event: without secrets of tokens, without absent values, and bounded.
 *
 * Attack: a client puts a stolen token into a path or a name, and a reader of the log gets it.
 */
export function cleanFacts(facts: ExportedEvent): ExportedEvent {
  return cleanObject(facts) ?? {}
}

function cleanObject(value: object): ExportedEvent | undefined {
  const entries: (readonly [string, unknown])[] = []
  for (const [name, each] of Object.entries(value).slice(0, MAX_ENTRIES)) {
    const cleaned = clean(each)
    if (cleaned !== undefined) entries.push([cleanText(name), cleaned])
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((each: unknown) => clean(each) ?? null)
  return typeof value === 'object' && value !== null ? cleanObject(value) : value
}

/** Redacts the secrets in a text, and shortens it. */
function cleanText(text: string): string {
  return redactUrl(text).slice(0, MAX_TEXT_LENGTH)
}
