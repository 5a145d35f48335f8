import { hash, verify } from '@node-rs/argon2'
import { Refusal } from '../core/access/refusal.js'
import { Secret } from '../core/token/secret.js'

/** Longer ones are refused before they are hashed: hashing must not be a way to keep the server busy. */
const MAXIMUM_LENGTH = 1024
const MINIMUM_LENGTH = 8

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane (algorithm 2 is argon2id, the library's own default). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Checks a new password (NIST SP 800-63B: a length, and no rules of composition). */
export function checkPassword(password: Secret): Refusal | undefined {
  const { length } = password.reveal()
  if (length >= MINIMUM_LENGTH && length <= MAXIMUM_LENGTH) return undefined
  return new Refusal('invalid_account', `A password has ${MINIMUM_LENGTH} to ${MAXIMUM_LENGTH} characters`)
}

/** The argon2id hash of a password in PHC string format. */
export function hashPassword(password: Secret): Promise<string> {
  return hash(password.reveal(), COST)
}

let decoy: Promise<string> | undefined

/**
 * Compares a password with a stored hash. Without one (there is no such account) as much work is done all the same: how
 * long the answer takes must not tell which accounts exist.
 */
export async function passwordMatches(password: Secret, stored: string | undefined): Promise<boolean> {
  if (password.reveal().length > MAXIMUM_LENGTH) return false
  decoy ??= hashPassword(new Secret('no account has this password'))
  const matches = await verify(stored ?? (await decoy), password.reveal())
  return stored !== undefined && matches
}
