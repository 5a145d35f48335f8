import { hash } from 'node:crypto'
import { parseInstant } from '../../parse-instant.js'
import { isServiceName, isUsername, MAXIMUM_NAME_LENGTH } from '../../people/identifiers.js'
import { cleanTokenName, isTokenName } from '../../people/token-name.js'
import type { EpochSeconds } from '../../time.js'
import type { TokenRecord } from '../record.js'
import { isScope, type Scope, sortScopes } from '../scope.js'
import { FOREIGN_ALGORITHMS, type ForeignAlgorithm, foreignKey } from './foreign-token.js'
import { PREFIX_LENGTH, type Recipe, recipeOf } from './jupyterhub.js'

/** The columns of a table of hashes; another one is an error, most likely a misspelt one of these. */
export const HASH_COLUMNS = [
  'hash',
  'prefix',
  'algorithm',
  'username',
  'type',
  'name',
  'scopes',
  'created',
  'expires',
] as const

/** A row as its file has it: texts, or in JSON numbers and lists too. */
export type HashRow = Readonly<Partial<Record<(typeof HASH_COLUMNS)[number], unknown>>>

/** What holds for all rows. */
export interface HashRules {
  /** Of rows that name none. */
  readonly algorithm?: ForeignAlgorithm
  readonly scopes: readonly Scope[]
  readonly known: ReadonlyMap<Scope, string>
  readonly now: EpochSeconds
  /** Whether the tokens keep their scopes when their owners leave a group. */
  readonly granted: boolean
}

/** A token that can be imported. */
export interface ReadHash {
  readonly record: TokenRecord
  readonly secretHash: Uint8Array
  readonly recipe?: { readonly prefix: string; readonly recipe: Recipe }
}

/** A token without a name is listed by this one. */
const NAMELESS = 'imported'
const SHA256_HEX = /^[0-9a-f]{64}$/i
const PREFIX = /^[A-Za-z0-9_~+/=-]+$/

/** The reason that is no mistake: a table holds the tokens of the past, too. */
export const HAS_EXPIRED = 'it has expired'

/** A row cannot be taken; `message` says why, without the hash. */
class RowFault extends Error {}

/** Reads a row of a table of hashes. @returns the sentence that says why it cannot be imported, instead of a token */
export function readHashRow(row: HashRow, rules: HashRules): ReadHash | string {
  try {
    const { secretHash, algorithm, recipe } = readHash(row, rules)
    const record = { key: foreignKey(algorithm, secretHash), ...readRecord(row, rules) }
    return { record, secretHash, ...(recipe && { recipe }) }
  } catch (error) {
    if (error instanceof RowFault) return error.message
    throw error
  }
}

function readHash(row: HashRow, rules: HashRules): Omit<ReadHash, 'record'> & { readonly algorithm: ForeignAlgorithm } {
  const algorithm = textOf(row, 'algorithm') ?? rules.algorithm
  const text = textOf(row, 'hash') ?? fault('there is no hash')
  if (!isAlgorithm(algorithm)) {
    if (algorithm === undefined) return fault(`no algorithm is named: it is one of ${FOREIGN_ALGORITHMS.join(', ')}`)
    return fault(`there is no algorithm ${algorithm}: it is one of ${FOREIGN_ALGORITHMS.join(', ')}`)
  }
  if (algorithm === 'sha256') {
    if (!SHA256_HEX.test(text)) return fault('hash is not a SHA-256 of 64 hexadecimal digits')
    return { algorithm, secretHash: Buffer.from(text, 'hex') }
  }
  const recipe = recipeOf(text) ?? fault('hash is not in JupyterHub’s form, algorithm:rounds:salt:digest')
  const prefix = textOf(row, 'prefix') ?? ''
  if (prefix.length !== PREFIX_LENGTH || !PREFIX.test(prefix))
    return fault(`prefix is not the first ${PREFIX_LENGTH} characters of the token, as JupyterHub stores them`)
  return { algorithm, secretHash: hash('sha256', text, 'buffer'), recipe: { prefix, recipe } }
}

function isAlgorithm(text: string | undefined): text is ForeignAlgorithm {
  return FOREIGN_ALGORITHMS.some((each) => each === text)
}

function readRecord(row: HashRow, rules: HashRules): Omit<TokenRecord, 'key'> {
  const type = textOf(row, 'type') ?? 'user'
  if (type !== 'user' && type !== 'service') return fault(`type is ${type}: it is user or service`)
  const username = textOf(row, 'username') ?? fault('there is no username')
  if (!isUsername(username)) return fault('username is not one that a user can have here')
  if (type === 'service' && !isServiceName(username)) return fault('the username of a service token begins with bot-')
  const expires = instantOf(row, 'expires')
  if (expires !== undefined && expires <= rules.now) return fault(HAS_EXPIRED)
  return {
    type,
    username,
    ...(type === 'user' && { name: nameOf(row) }),
    scopes: scopesOf(row, rules),
    created: Math.min(instantOf(row, 'created') ?? rules.now, rules.now),
    ...(expires !== undefined && { expires }),
    ...(rules.granted && { granted: true }),
  }
}

/** Cuts a longer name: JupyterHub's notes may have a thousand characters. */
function nameOf(row: HashRow): string {
  const clean = cleanTokenName(textOf(row, 'name') ?? '')
  const name = cleanTokenName([...clean].slice(0, MAXIMUM_NAME_LENGTH).join(''))
  return isTokenName(name) ? name : NAMELESS
}

/** A list, or a text with commas or spaces between. */
function scopesOf({ scopes }: HashRow, rules: HashRules): readonly Scope[] {
  const given = Array.isArray(scopes) ? scopes.map(String) : String(scopes ?? '').split(/[\s,]+/)
  const named = given.filter((each) => each !== '')
  if (named.length === 0) return sortScopes(rules.scopes)
  return sortScopes(named.map((each) => (isKnown(each, rules) ? each : fault(`knownScopes has no scope ${each}`))))
}

function isKnown(text: string, { known }: HashRules): text is Scope {
  return isScope(text) && known.has(text)
}

function instantOf(row: HashRow, column: 'created' | 'expires'): EpochSeconds | undefined {
  const given = row[column]
  if (given === undefined || given === null || given === '') return undefined
  return parseInstant(given) ?? fault(`${column} is no time, such as 2026-12-19T09:41:00Z or seconds since 1970`)
}

function textOf(row: HashRow, column: keyof HashRow): string | undefined {
  const given = row[column]
  if (given === undefined || given === null || given === '') return undefined
  return typeof given === 'string' ? given : fault(`${column} is no text`)
}

function fault(message: string): never {
  throw new RowFault(message)
}
