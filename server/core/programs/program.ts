import type { EpochSeconds } from '../time.js'

export const PROGRAM_ROLES = ['pi', 'co-i'] as const
export type ProgramRole = (typeof PROGRAM_ROLES)[number]

/** Somebody who belongs to a program; archives know some by user name and some by e-mail address ({@link normalEmail}). */
export interface Investigator {
  readonly kind: 'username' | 'email'
  readonly name: string
  readonly role: ProgramRole
}

/** An observing program, as far as the question who may read its data goes. */
export interface Program {
  readonly id: string
  readonly title: string
  /** Public from this instant on. Absent: no end is known, and `public` says all. */
  readonly periodEnd?: EpochSeconds
  readonly public: boolean
}

/** Those to whom a program's data are open before they are public. */
export interface ProgramPeople {
  readonly investigators: readonly Investigator[]
  /** Addresses that the investigators let in. */
  readonly granted: readonly string[]
}

/** By what somebody can be found in a program: a name, and only those addresses that are known to be theirs. */
export interface KnownAs {
  readonly username: string
  readonly verifiedEmails: readonly string[]
}

/** What somebody is to a program. */
export type ProgramStanding = ProgramRole | 'granted' | 'none'

const ID = /^[A-Za-z0-9][A-Za-z0-9._:+~-]{0,63}$/
/** Words that stand where an identifier can: `program=from_url`, and `/programs/access`. */
const RESERVED: ReadonlySet<string> = new Set(['from_url', 'access'])

/** 1 to 64 letters, digits and `. _ : + ~ -`, a letter or digit first. Capitals count: `GO-1` is not `go-1`. */
export function isProgramId(text: string): boolean {
  return ID.test(text) && !RESERVED.has(text)
}

/** Whether anybody may read: the period ends by itself, at its instant, with no job that could be late. */
export function isPublic(program: Program, now: EpochSeconds): boolean {
  return program.public || (program.periodEnd !== undefined && program.periodEnd <= now)
}

/** What somebody is to a program, the most that any of their names makes them. */
export function standingOf(
  { investigators, granted }: ProgramPeople,
  { username, verifiedEmails }: KnownAs,
): ProgramStanding {
  const roles = investigators
    .filter(({ kind, name }) => (kind === 'username' ? name === username : verifiedEmails.includes(name)))
    .map(({ role }) => role)
  if (roles.includes('pi')) return 'pi'
  if (roles.length > 0) return 'co-i'
  return granted.some((email) => verifiedEmails.includes(email)) ? 'granted' : 'none'
}
