/** Longer ones are refused before they are hashed: hashing must not be a way to keep the server busy. */
export const MAXIMUM_PASSWORD_LENGTH = 1024
const MINIMUM_LENGTH = 8
const ADMINISTRATOR_MINIMUM_LENGTH = 12

/** The owner of a new password. */
export interface PasswordOwner {
  readonly username: string
  /** Whether a scope of theirs is an administrator's. */
  readonly administrator: boolean
}

/**
 * Finds what is wrong with a new password: its length, or that an attacker would try it first (NIST SP 800-63B §3.1.1.2). No
 * rules of composition.
 *
 * @param isCommon whether a password, in lower case, is in a list of common and breached ones
 */
export function findPasswordProblem(
  password: string,
  { username, administrator }: PasswordOwner,
  isCommon: (lowerCase: string) => boolean,
): string | undefined {
  const minimum = administrator ? ADMINISTRATOR_MINIMUM_LENGTH : MINIMUM_LENGTH
  const { length } = password
  if (length < minimum || length > MAXIMUM_PASSWORD_LENGTH) {
    const whose = administrator ? 'An administrator’s password' : 'A password'
    return `${whose} has ${minimum} to ${MAXIMUM_PASSWORD_LENGTH} characters`
  }
  const lowerCase = password.toLowerCase()
  if (lowerCase === username) return 'A password is not the user name'
  if (isCommon(lowerCase)) return 'This password is among the first that attackers try: choose another'
  return undefined
}
