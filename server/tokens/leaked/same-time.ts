import { setTimeout as wait } from 'node:timers/promises'

/** Longer than a revocation takes on a machine that is not overloaded. */
const ANSWER_MS = 250

/**
 * Answers a report no earlier than a fixed time after it came: a revocation takes longer than a look-up that finds nothing.
 *
 * Attack: the time of an answer would tell a guesser of secrets which tokens exist.
 */
export async function atTheSameTime<T>(work: Promise<T>, milliseconds = ANSWER_MS): Promise<T> {
  const [outcome] = await Promise.all([work, wait(milliseconds)])
  return outcome
}
