import type { EpochSeconds } from '../time.js'

export const PROGRAM_ROLES = ['pi', 'co-i'] as const
export type ProgramRole = (typeof PROGRAM_ROLES)[number]

/** An investigator, named by user name or by e-mail address ({@link normalEmail}), as archives have them. */
export interface Investigator {
  readonly kind: 'username' | 'email'
  readonly name: string
  readonly role: ProgramRole
  /** No user had the user name when the archive gave it, and no administrator has confirmed its present owner. */
  readonly awaiting?: true
}

/** An observing program, reduced to the fields that decide who may read its data. */
export interface Program {
  readonly id: string
  readonly title: string
  /** Public from this instant on. Absent: no end is known, and `public` decides. */
  readonly periodEnd?: EpochSeconds
  readonly public: boolean
}

/** The users who may read a program's data before they are public. */
export interface ProgramPeople {
  readonly investigators: readonly Investigator[]
  /** Addresses to which the investigators gave access. */
  readonly granted: readonly string[]
}

/** The names under which a user can stand in a program: the user name, and verified addresses only. */
export interface KnownAs {
  readonly username: string
  readonly verifiedEmails: readonly string[]
  /** Whether a provider gave the user name: any of its users may have come first. An operator gives those of accounts. */
  readonly isFromProvider?: boolean
}

/** A user's role in a program. */
export type ProgramStanding = ProgramRole | 'granted' | 'none'

/** {@link isProgramId}, but for {@link RESERVED}. */
export const PROGRAM_ID = /^[A-Za-z0-9][A-Za-z0-9._:+~-]{0,63}$/
/** Words that stand where an identifier can: `program=from_url`, and `/programs/access`. */
export const RESERVED: ReadonlySet<string> = new Set(['from_url', 'access'])

/** 1 to 64 letters, digits and `. _ : + ~ -`, a letter or digit first. Capitals count: `GO-1` is not `go-1`. */
export function isProgramId(text: string): boolean {
  return PROGRAM_ID.test(text) && !RESERVED.has(text)
}

/** Returns whether the data are public. The period ends by the clock: no job could be late. */
export function isPublic(program: Program, now: EpochSeconds): boolean {
  return program.public || (program.periodEnd !== undefined && program.periodEnd <= now)
}

/**
 * Returns the highest role that any of a user's names has in a program.
 *
 * Attack: a user signs in with the name of an investigator who has not signed in yet. Until an administrator confirms the
 * user, such a name gives no role; a verified address does.
 */
export function standingOf(
  { investigators, granted }: ProgramPeople,
  { username, verifiedEmails, isFromProvider = false }: KnownAs,
): ProgramStanding {
  const roles = investigators
    .filter(({ kind, name, awaiting }) =>
      kind === 'username' ? name === username && !(awaiting && isFromProvider) : verifiedEmails.includes(name),
    )
    .map(({ role }) => role)
  if (roles.includes('pi')) return 'pi'
  if (roles.length > 0) return 'co-i'
  return granted.some((email) => verifiedEmails.includes(email)) ? 'granted' : 'none'
}
