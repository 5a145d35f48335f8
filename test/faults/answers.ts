import type { Reply } from '../support/clients/caller.js'
import { eventually } from '../support/eventually.js'
import type { Entry } from './ledger.js'

/** The outcome of an operation: done; not done, and said so; or unknown. */
export type Outcome = 'done' | 'refused' | 'unknown'

/**
 * A server that works may be down, or too busy to answer, for so long: a campaign ended for want of a verdict after half a minute
 * in which a machine with thirty processes at work had hashed no password.
 */
export const PATIENCE = { withinMs: 180_000, everyMs: 100 }

export function isKnown(reply: Reply | Error): reply is Reply {
  return !(reply instanceof Error)
}

/**
 * Asks until there is an answer. A verdict never rests on one that did not come: a list without an answer is not empty.
 *
 * @throws when there is none in time: then there is no verdict
 */
export function answerTo(ask: () => Promise<Reply | Error>, patience = PATIENCE): Promise<Reply> {
  return eventually(async () => {
    const reply = await ask()
    if (isKnown(reply) && reply.status < 500) return reply
    throw new Error(`No answer, and so no verdict: ${isKnown(reply) ? reply.status : reply.message}`)
  }, patience)
}

/** Does it until its outcome is known, as a client does that never received one. Throws as {@link answerTo} does. */
export function outcomeOf(act: () => Promise<Outcome>, patience = PATIENCE): Promise<'done' | 'refused'> {
  return eventually(async () => {
    const outcome = await act()
    if (outcome !== 'unknown') return outcome
    throw new Error('No outcome, and so no verdict')
  }, patience)
}

/** When a check was asked; since when everything was well by then, and since when it is well now. */
interface Asking {
  readonly askedAt: number
  readonly calm: number | undefined
  readonly calmNow: number | undefined
}

/**
 * Whether a check had no answer that should have had one: everything was well when it was asked, and all the time until now. Of a
 * check that was asked before, nothing follows: its answer may have been lost with what was wrong then.
 */
export function isOutage(reply: Reply | Error, { askedAt, calm, calmNow }: Asking): boolean {
  if (isKnown(reply) && reply.status < 500) return false
  return calm !== undefined && calm === calmNow && askedAt >= calm
}

/** Names by the keys of tokens. */
export type Names = ReadonlyMap<string, string>

/** The names of a user's tokens. Throws as {@link answerTo} does. */
export async function namesOf(list: () => Promise<Reply | Error>, patience = PATIENCE): Promise<Names> {
  const reply = await answerTo(list, patience)
  const listed = reply.json()
  if (reply.status !== 200 || !Array.isArray(listed)) throw new Error(`No list of tokens: ${reply.status}`)
  return new Map((listed as ListedToken[]).map(({ token, token_name = '' }) => [token, token_name]))
}

interface ListedToken {
  readonly token: string
  readonly token_name?: string
}

/** How far a rotation has come, by the names before and after it. */
export function rotationOf(
  { key }: Pick<Entry, 'key'>,
  overlap: 0 | 3600,
  before: Names,
  after: Names,
): 'done' | 'undone' | 'half' {
  const called = before.get(key)
  if (called === undefined) throw new Error(`The token ${key} was not there to be rotated, and so there is no verdict`)
  const hasSuccessor = [...after].some(([other, name]) => name === called && other !== key)
  const kept = after.get(key)
  if (kept === called && !hasSuccessor) return 'undone'
  const isRetired = overlap === 0 ? kept === undefined : kept !== undefined && kept !== called
  return hasSuccessor && isRetired ? 'done' : 'half'
}

/**
 * Rotates a token again whose rotation was found undone. Where that is refused, the state decides: the commit of the server that
 * died, or of a retry without an answer, may have come after it was found undone.
 */
export async function rotatedAfterAll(
  rotate: () => Promise<Outcome>,
  state: () => Promise<ReturnType<typeof rotationOf>>,
): Promise<boolean> {
  return (await outcomeOf(rotate)) === 'done' || (await state()) === 'done'
}
