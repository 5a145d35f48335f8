import type { EpochSeconds } from '../time.js'
import type { ProgramPeople } from './program.js'

/** Requests of one user, or of the users of one address, for files of a program. */
export interface SummedReads {
  readonly count: number
  readonly last: EpochSeconds
}

/** All requests of a user for files of a program. */
export interface UserReads extends SummedReads {
  readonly username: string
}

/** Requests by those with access, and by users who have none now. */
export interface ReadsByPerson {
  /** By the name of an investigator, or the address of a grant; without those that made none. */
  readonly byName: ReadonlyMap<string, SummedReads>
  readonly others: readonly UserReads[]
}

/**
 * Assigns users' requests to those who have access. A user of two names counts with both.
 *
 * @param usersOf the users for whom an address is verified
 */
export function readsByPerson(
  reads: readonly UserReads[],
  { investigators, granted }: ProgramPeople,
  usersOf: ReadonlyMap<string, readonly string[]>,
): ReadsByPerson {
  const byUser = new Map(reads.map((each) => [each.username, each]))
  const byName = new Map<string, SummedReads>()
  const assigned = new Set<string>()
  const named = investigators.map(({ kind, name }) => ({ name, users: kind === 'email' ? usersOf.get(name) : [name] }))
  const invited = granted.map((email) => ({ name: email, users: usersOf.get(email) }))
  for (const { name, users = [] } of [...named, ...invited]) {
    const own = users.flatMap((user) => byUser.get(user) ?? [])
    for (const { username } of own) assigned.add(username)
    if (own.length > 0) byName.set(name, summed(own))
  }
  return { byName, others: reads.filter(({ username }) => !assigned.has(username)) }
}

function summed(reads: readonly SummedReads[]): SummedReads {
  return {
    count: reads.reduce((sum, { count }) => sum + count, 0),
    last: Math.max(...reads.map(({ last }) => last)),
  }
}
