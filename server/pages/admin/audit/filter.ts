import { AUDIT_ACTIONS, type AuditAction } from '../../../core/audit/actions.js'
import { redact } from '../../../core/redact.js'
import type { EventFilter } from '../../../storage/audit/find-events.js'
import type { Words } from '../../../words/words.js'
import { actId, actorName, instant, lastInstant, network, searchAddress, valuesOf } from '../history-filter.js'

const FIELDS = ['action', 'outcome', 'actor', 'about', 'address', 'request', 'act', 'text', 'since', 'until'] as const

type Field = (typeof FIELDS)[number]

/** The fields of the search as text, under the names that they have in the address. */
export type AuditValues = Readonly<Record<Field, string>>

export interface AuditError {
  readonly field: Field
  readonly message: string
}

/** Every action, in the order of its name. */
export const ACTIONS = (Object.keys(AUDIT_ACTIONS) as AuditAction[]).sort()
export const OUTCOMES = ['done', 'refused'] as const

/** Reads the search. Of a whole token only its key is used, and of any other secret nothing. */
export function auditValues(query: Readonly<Record<string, unknown>>): AuditValues {
  const values = Object.entries(valuesOf(FIELDS, query)).map(([field, text]) => [field, redact(text)])
  return Object.fromEntries(values) as AuditValues
}

/** A filter with everything in it that can be understood, and a sentence for everything that cannot. */
export function readAuditFilter(
  values: AuditValues,
  words: Words,
): { readonly filter: EventFilter; readonly errors: readonly AuditError[] } {
  const errors: AuditError[] = []
  function read<T>(field: Field, reader: (text: string) => T | undefined, message: string): T | undefined {
    if (values[field] === '') return undefined
    const value = reader(values[field])
    if (value === undefined) errors.push({ field, message })
    return value
  }
  const actors = '<operator>, <internal>, <leaked>, <bootstrap>'
  const action = read('action', actionName, words.text('admin.history.errors.action'))
  const outcome = read('outcome', outcomeName, words.text('audit.errors.outcome'))
  const actor = read('actor', actorName, words.text('admin.history.errors.actor', { actors }))
  const about = read('about', aboutName, '')
  const address = read('address', network, words.text('admin.history.errors.address'))
  const requestId = read('request', (text) => text, '')
  const act = read('act', actId, words.text('admin.history.errors.act'))
  const text = read('text', longEnough, words.text('audit.errors.text'))
  const since = read('since', instant, words.text('admin.history.errors.instant'))
  const until = read('until', lastInstant, words.text('admin.history.errors.instant'))
  if (since !== undefined && until !== undefined && until < since)
    errors.push({ field: 'until', message: words.text('admin.history.errors.order') })
  const filter = { action, outcome, actor, about, address, requestId, act, text, since, until }
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  return { filter: Object.fromEntries(given) as EventFilter, errors }
}

/** The own path of the trail with these filters, at a place in it. */
export function auditAddress(values: Partial<AuditValues>, cursor?: string): string {
  return searchAddress('/auth/admin/audit', values, cursor)
}

function actionName(text: string): AuditAction | undefined {
  return ACTIONS.find((action) => action === text)
}

function outcomeName(text: string) {
  return OUTCOMES.find((outcome) => outcome === text)
}

/** Of a token its key; any other text as it is, for programs and clients are called as their sites like. */
function aboutName(text: string): string {
  return text.replace(/^gt-(?=[\w-]{22}$)/, '')
}

/** A shorter text is in every event. */
function longEnough(text: string): string | undefined {
  return text.length >= 3 ? text : undefined
}
