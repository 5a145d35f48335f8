import { isNetwork, writeNetwork } from '../access/ip-network.js'
import { parseInstant } from '../parse-instant.js'
import { isGroupName, isUsername } from '../people/identifiers.js'
import { searchQuery } from '../search/query.js'
import { DAY, type EpochSeconds, LAST_INSTANT, MINUTE } from '../time.js'
import { TOKEN_TYPES, type TokenType } from '../token/record.js'
import { isScope } from '../token/scope.js'
import { isTokenKey } from '../token/token.js'
import type { IncidentFilter } from './filter.js'

/** The fields with one text each, under the names that they have in the address. */
export const TEXT_FIELDS = [
  ...(['user', 'group', 'scope', 'key', 'from', 'client'] as const),
  ...(['used-since', 'used-until', 'created-since', 'created-before'] as const),
] as const
export type TextField = (typeof TEXT_FIELDS)[number]

/** The fields of the form as typed, without secrets. */
export interface FilterValues {
  readonly texts: Readonly<Record<TextField, string>>
  readonly types: readonly TokenType[]
  readonly everyone: boolean
  readonly heirs: boolean
  /** Whether the administrator's own session is to end with the others. */
  readonly own: boolean
}

/** A field with a value that cannot be understood, or that another one contradicts. */
export interface FilterMistake {
  readonly field: TextField
  readonly wrong: 'user' | 'users' | 'group' | 'scope' | 'key' | 'address' | 'instant' | 'order'
}

/** Longer texts than any that fits. */
const MAX_LENGTH = 2000

/** Names that one filter has at most. */
export const MAX_USERS = 100

/**
 * Reads the fields of a query string or a form. Of a whole token only the key is left, in every field: the secret would stand in
 * each address that is made of them.
 */
export function filterValues(given: Readonly<Record<string, unknown>>): FilterValues {
  const textOf = (name: string) => {
    const value = given[name]
    return typeof value === 'string' ? searchQuery(value, MAX_LENGTH) : ''
  }
  const wanted = [given.type].flat()
  return {
    texts: Object.fromEntries(TEXT_FIELDS.map((name) => [name, textOf(name)])) as Record<TextField, string>,
    types: TOKEN_TYPES.filter((type) => wanted.includes(type)),
    everyone: given.everyone === 'yes',
    heirs: given.heirs === 'yes',
    own: given.own === 'yes',
  }
}

/** Returns the fields as the query string of an address, without empty ones. */
export function filterQuery({ texts, types, everyone, heirs, own }: FilterValues): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of TEXT_FIELDS) if (texts[name] !== '') query.append(name, texts[name])
  for (const type of types) query.append('type', type)
  if (everyone) query.append('everyone', 'yes')
  if (heirs) query.append('heirs', 'yes')
  if (own) query.append('own', 'yes')
  return query
}

/** Returns a filter with all that can be understood, and every mistake at once: the first of each field. */
export function readIncidentFilter({ texts, types, everyone, heirs }: FilterValues): {
  readonly filter: IncidentFilter
  readonly mistakes: readonly FilterMistake[]
} {
  const mistakes: FilterMistake[] = []
  function read<T>(field: TextField, wrong: FilterMistake['wrong'], reader: (text: string) => T | undefined) {
    if (texts[field] === '') return undefined
    const value = reader(texts[field])
    if (value === undefined) mistakes.push({ field, wrong })
    return value
  }
  const users = read('user', 'user', userNames)
  if (users && users.length > MAX_USERS) mistakes.push({ field: 'user', wrong: 'users' })
  const group = read('group', 'group', (text) => (isGroupName(text) ? text : undefined))
  const scope = read('scope', 'scope', (text) => (isScope(text) ? text : undefined))
  const key = read('key', 'key', (text) => (isTokenKey(text) ? text : undefined))
  const network = read('from', 'address', (text) => (isNetwork(text) ? writeNetwork(text) : undefined))
  const usedSince = read('used-since', 'instant', instant)
  const usedUntil = read('used-until', 'instant', lastInstant)
  const createdSince = read('created-since', 'instant', instant)
  const createdBefore = read('created-before', 'instant', instant)
  const filter: IncidentFilter = {
    ...(everyone && { everyone: true as const }),
    ...(heirs && { heirs: true as const }),
    ...(users && { users }),
    ...(group !== undefined && { group }),
    ...(types.length > 0 && { types }),
    ...(scope !== undefined && { scope }),
    ...(key !== undefined && { key }),
    ...(network !== undefined && { network }),
    ...(texts.client !== '' && { client: texts.client }),
    ...(usedSince !== undefined && { usedSince }),
    ...(usedUntil !== undefined && { usedUntil }),
    ...(createdSince !== undefined && { createdSince }),
    ...(createdBefore !== undefined && { createdBefore }),
  }
  return { filter, mistakes: [...mistakes, ...contradictions(filter)] }
}

/** An end before its beginning selects nothing, which no administrator means. */
function contradictions({ usedSince, usedUntil, createdSince, createdBefore }: IncidentFilter): FilterMistake[] {
  const isReversed = (from: EpochSeconds | undefined, to: EpochSeconds | undefined) =>
    from !== undefined && to !== undefined && to < from
  return [
    ...(isReversed(usedSince, usedUntil) ? [{ field: 'used-until', wrong: 'order' } as const] : []),
    ...(isReversed(createdSince, createdBefore) ? [{ field: 'created-before', wrong: 'order' } as const] : []),
  ]
}

function userNames(text: string): readonly string[] | undefined {
  const names = [...new Set(text.toLowerCase().split(/[\s,;]+/))].filter((name) => name !== '')
  return names.length > 0 && names.every(isUsername) ? names : undefined
}

function instant(text: string): EpochSeconds | undefined {
  const at = parseInstant(text)
  return at !== undefined && at >= 0 && at <= LAST_INSTANT ? at : undefined
}

/** "Until the 19th" has the whole of that day in it, and "until 09:41" the whole of that minute. */
function lastInstant(text: string): EpochSeconds | undefined {
  const at = instant(text)
  if (at === undefined) return undefined
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return at + DAY - 1
  return /[T ]\d\d:\d\d$/i.test(text) ? at + MINUTE - 1 : at
}
