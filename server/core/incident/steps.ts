import { homeOf, type TokenKey } from '../token/token.js'

/** What an act has to do, in the order in which it is done. */
export interface Planned {
  /** Accounts first: their users sign in no more. */
  readonly disabled: readonly string[]
  /** Then sessions: with one of them a thief would make a new token while the old ones are being ended. */
  readonly signedOut: readonly string[]
  readonly tokens: readonly TokenKey[]
}

/** The next steps of an act, of one kind, that are done together. */
export type Batch =
  | { readonly is: 'disable' | 'sign-out'; readonly usernames: readonly string[] }
  /** In PostgreSQL they end in one transaction; in Redis each has its own. */
  | { readonly is: 'tokens'; readonly home: 'postgres' | 'redis'; readonly keys: readonly TokenKey[] }

const PEOPLE_AT_ONCE = 4
const TOKENS_AT_ONCE = { postgres: 500, redis: 20 } as const

export function countSteps({ disabled, signedOut, tokens }: Planned): number {
  return disabled.length + signedOut.length + tokens.length
}

/** Returns the steps after those that are done; undefined when there is none left. */
export function nextBatch({ disabled, signedOut, tokens }: Planned, done: number): Batch | undefined {
  if (done < disabled.length) return { is: 'disable', usernames: disabled.slice(done, done + PEOPLE_AT_ONCE) }
  const ofSessions = done - disabled.length
  if (ofSessions < signedOut.length) {
    return { is: 'sign-out', usernames: signedOut.slice(ofSessions, ofSessions + PEOPLE_AT_ONCE) }
  }
  const rest = tokens.slice(ofSessions - signedOut.length)
  const [first] = rest
  if (first === undefined) return undefined
  const home = homeOf(first)
  const other = rest.findIndex((key) => homeOf(key) !== home)
  const keys = rest.slice(0, Math.min(other < 0 ? rest.length : other, TOKENS_AT_ONCE[home]))
  return { is: 'tokens', home, keys }
}

/** Counts the steps of a batch. */
export function sizeOf(batch: Batch): number {
  return batch.is === 'tokens' ? batch.keys.length : batch.usernames.length
}
