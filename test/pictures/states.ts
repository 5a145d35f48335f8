import type { Views } from '../../server/pages/shared/views.js'

/** What a page may have to show beside its sample, which has a little of everything in it. */
export const STATES = ['sample', 'right', 'empty', 'many', 'long'] as const
export type State = (typeof STATES)[number]

/** As many rows as one screen cannot hold. */
const MANY = 40

/** As long as names may be, without a place to break. */
const LONG_NAME = 'wide-field-infrared-survey-telescope-nightly-pipeline-of-the-5th'
const LONG_TEXT = `The Joint Archive of the Observatories of the Southern Sky: ${LONG_NAME}`

/** Fields that people fill in, by how long these may be. */
const NAMES = new Set(['name', 'username', 'client', 'browser', 'usedWith', 'what', 'from', 'by', 'host', 'group'])
const TEXTS = new Set(['title', 'description', 'reason'])
const LONG_EMAIL = 'annie.jump.cannon@a-rather-long-department-of-the.observatory.example.edu'

/** Returns the model of a view in a state, or nothing where that is the sample again. */
export function inState<V extends keyof Views>(model: Views[V], state: State): Views[V] | undefined {
  if (state === 'sample') return model
  const changed = CHANGES[state](model)
  return JSON.stringify(changed) === JSON.stringify(model) ? undefined : changed
}

type Change = <T>(model: T) => T

const CHANGES: Readonly<Record<Exclude<State, 'sample'>, Change>> = {
  right: (model) => rewritten(model, (name, value) => (name === 'errors' ? [] : name === 'error' ? undefined : value)),
  empty: (model) =>
    rewritten(model, (name, value) =>
      name === 'helpLinks' || name === 'choices'
        ? value
        : Array.isArray(value) || name === 'error'
          ? emptied(value)
          : value,
    ),
  many: (model) =>
    rewritten(model, (name, value) => (name === 'errors' ? value : Array.isArray(value) ? repeated(value) : value)),
  long: (model) => rewritten(model, (name, value) => (typeof value === 'string' ? lengthened(name, value) : value)),
}

function emptied(value: unknown): unknown {
  return Array.isArray(value) ? [] : undefined
}

/** Repeats the rows of a list. Each has a key or identifier of its own, as no two have the same in a store. */
function repeated(rows: readonly unknown[]): readonly unknown[] {
  if (!rows.some((row) => typeof row === 'object' && row !== null && ('key' in row || 'created' in row))) return rows
  return Array.from({ length: MANY }, (_, index) => marked(rows[index % rows.length], String(index).padStart(2, '0')))
}

function marked(row: unknown, mark: string): unknown {
  if (typeof row !== 'object' || row === null) return row
  const own = ['key', 'id'].filter((name) => typeof Reflect.get(row, name) === 'string')
  return { ...row, ...Object.fromEntries(own.map((name) => [name, `${Reflect.get(row, name)}`.slice(0, -2) + mark])) }
}

function lengthened(name: string, value: string): string {
  if (name === 'email') return LONG_EMAIL
  if (TEXTS.has(name)) return LONG_TEXT
  return NAMES.has(name) && value.length > 1 ? LONG_NAME : value
}

/** Copies plain data, with each field as a rule wants it: a JSON reviver's, which may leave fields out. */
function rewritten<T>(model: T, rule: (name: string, value: unknown) => unknown): T {
  return JSON.parse(JSON.stringify(model), (name, value) => rule(name, value))
}
