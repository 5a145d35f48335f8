import { isNetwork } from '../../core/access/ip-network.js'
import { parseInstant } from '../../core/parse-instant.js'
import { isUsername } from '../../core/people/identifiers.js'
import { DAY, type EpochSeconds, LAST_INSTANT, MINUTE } from '../../core/time.js'
import { type ActId, isActId } from '../../core/token/act.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import { TOKEN_TYPES, type TokenType } from '../../core/token/record.js'
import { isTokenKey } from '../../core/token/token.js'
import type { HistoryFilter } from '../../storage/postgres/token-history-search.js'
import type { Words } from '../../words/words.js'

const FIELDS = ['user', 'actor', 'key', 'type', 'action', 'act', 'address', 'since', 'until'] as const

/** The kinds of changes, as the form lists them. */
export const ACTIONS = ['create', 'edit', 'revoke', 'expire'] as const satisfies readonly TokenHistoryEntry['action'][]

type Field = (typeof FIELDS)[number]

/** The fields of the form as text, under the names that they have in the address. */
export type HistoryValues = Readonly<Record<Field, string>>

export interface HistoryError {
  readonly field: Field
  readonly message: string
}

/** A token or the beginning of one: part of a secret is no less in need of care. */
const WITH_SECRET = /gt-([\w-]{22})\.[\w-]*/g

/**
 * Reads the search from the query string, without the spaces around values. Of a whole token, pasted where its key
 * belongs, only the key is used: the secret would be shown, and stand in every address that this page links to.
 */
export function historyValues(query: Readonly<Record<string, unknown>>): HistoryValues {
  return valuesOf(FIELDS, query)
}

/** Reads the fields of a search as {@link historyValues} does. */
export function valuesOf<F extends string>(fields: readonly F[], query: Readonly<Record<string, unknown>>) {
  const read = (field: F) => {
    const value = query[field]
    const text = typeof value === 'string' ? value.trim() : ''
    return text.replace(WITH_SECRET, '$1').slice(0, 200)
  }
  return Object.fromEntries(fields.map((field) => [field, read(field)])) as Readonly<Record<F, string>>
}

/** Says whether a value of the query string has a token's secret in it. */
export function hasSecret(query: Readonly<Record<string, unknown>>): boolean {
  return Object.values(query).some((value) => `${value}`.search(WITH_SECRET) >= 0)
}

/** A filter with everything in it that can be understood, and a sentence for everything that cannot. */
export function readFilter(
  values: HistoryValues,
  words: Words,
): { filter: HistoryFilter; errors: readonly HistoryError[] } {
  const errors: HistoryError[] = []
  function read<T>(field: Field, reader: (text: string) => T | undefined, message: string): T | undefined {
    if (values[field] === '') return undefined
    const value = reader(values[field])
    if (value === undefined) errors.push({ field, message })
    return value
  }
  const username = read('user', userName, words.text('admin.history.errors.user'))
  const actor = read(
    'actor',
    actorName,
    words.text('admin.history.errors.actor', { actors: '<operator>, <internal>, <leaked>, <bootstrap>' }),
  )
  const key = read('key', tokenKey, words.text('admin.history.errors.key'))
  const tokenType = read('type', type, words.text('admin.history.errors.type'))
  const action = read('action', actionName, words.text('admin.history.errors.action'))
  const act = read('act', actId, words.text('admin.history.errors.act'))
  const address = read('address', network, words.text('admin.history.errors.address'))
  const since = read('since', instant, words.text('admin.history.errors.instant'))
  const until = read('until', lastInstant, words.text('admin.history.errors.instant'))
  if (since !== undefined && until !== undefined && until < since) {
    errors.push({ field: 'until', message: words.text('admin.history.errors.order') })
  }
  const filter = { username, actor, key, tokenType, action, act, address, since, until }
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  return { filter: Object.fromEntries(given) as HistoryFilter, errors }
}

/** The own path of the history with these filters, at a place in it. */
export function historyAddress(values: HistoryValues, cursor?: string): string {
  return searchAddress('/auth/admin/history', values, cursor)
}

/** The own path of a search with these values, at a place in what it finds. */
export function searchAddress(path: string, values: Readonly<Record<string, string>>, cursor?: string): string {
  const search = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''))
  if (cursor !== undefined) search.set('cursor', cursor)
  return `${path}?${search}`
}

function userName(text: string): string | undefined {
  const name = text.toLowerCase()
  return isUsername(name) ? name : undefined
}

export function actorName(text: string): string | undefined {
  return /^<[a-z]{1,20}>$/.test(text) ? text : userName(text)
}

function tokenKey(text: string) {
  const key = text.replace(/^gt-/, '')
  return isTokenKey(key) ? key : undefined
}

function type(text: string): TokenType | undefined {
  return TOKEN_TYPES.find((type) => type === text)
}

function actionName(text: string) {
  return ACTIONS.find((action) => action === text)
}

export function actId(text: string): ActId | undefined {
  return isActId(text) ? text : undefined
}

export function network(text: string): string | undefined {
  return isNetwork(text) ? text : undefined
}

export function instant(text: string): EpochSeconds | undefined {
  const at = parseInstant(text)
  return at !== undefined && at >= 0 && at <= LAST_INSTANT ? at : undefined
}

/** "Until the 19th" has the whole of that day in it, and "until 09:41" the whole of that minute. */
export function lastInstant(text: string): EpochSeconds | undefined {
  const at = instant(text)
  if (at === undefined) return undefined
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return at + DAY - 1
  return /[T ]\d\d:\d\d$/i.test(text) ? at + MINUTE - 1 : at
}
