import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { type Form, formAt } from './forms.js'

/** A mistake as zod finds it. */
type Issue = z.core.$ZodIssue

/** What an operator reads of a mistake: the setting by the name under which it was given, its form and an example. */
export function explain(
  issue: Issue,
  given: Readonly<Record<string, unknown>>,
  nameOf: (setting: string) => string,
): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const known = formAt(path)?.fields ?? []
    const under = path.length > 0 ? ` under ${path.join('.')}` : ''
    return issue.keys.map((key) => `${key}: there is no such setting${under}${didYouMean(key, known)}`)
  }
  const [setting, ...rest] = path
  if (setting === undefined) return [issue.message]
  const value = path.reduce<unknown>(memberOf, given)
  return [`${[nameOf(setting), ...rest].join('.')}: ${sentenceFor(issue, value, formAt(path))}`]
}

/** Returns the form of a setting as the end of a sentence. */
export function formOf(setting: string): string {
  const form = formAt([setting])
  return form ? `must be ${form.words}, such as ${form.example}` : ''
}

export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const nearest = closest(name, known)
  return distance(name, nearest) <= 4 ? `; did you mean ${nearest}?` : ''
}

function sentenceFor(issue: Issue, value: unknown, form: Form | undefined): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  // Rules have words of their own, and so have the forms that a pattern or a function describes.
  if (!form || issue.code === 'custom' || issue.code === 'invalid_format') return issue.message
  const { words, example, kind } = form
  const such = `${words}, such as ${example}`
  if (value === undefined) return issue.message.startsWith('is required') ? issue.message : `is required: ${such}`
  if (kind === 'text' && isUnquoted(value)) {
    // Leading zeros are lost by then, so that the text that was meant is not known.
    const quoted = example.startsWith('"') ? example : JSON.stringify(example === 'text' ? '0123456789' : example)
    return `must be ${words}, and without quotes it is ${unquoted(value)}: quote it, such as ${quoted}`
  }
  const isQuoted = typeof value === 'string' && (kind === 'number' || kind === 'boolean') && isUnquoted(asYaml(value))
  return `must be ${such}${isQuoted ? ', without quotes' : ''}`
}

const isUnquoted = (value: unknown) => ['number', 'bigint', 'boolean'].includes(typeof value)

const unquoted = (value: unknown) => (typeof value === 'boolean' ? 'true or false' : 'a number')

/** The value that a quoted text would have without its quotes. */
function asYaml(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

function memberOf(value: unknown, part: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
}
