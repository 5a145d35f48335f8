import { hash, verify } from '@node-rs/argon2'
import { Refusal } from '../core/access/refusal.js'
import { findPasswordProblem, MAXIMUM_PASSWORD_LENGTH } from '../core/people/password-rule.js'
import { scopesOfGroups } from '../core/token/scope.js'
import { Secret } from '../core/token/secret.js'
import type { Context } from '../storage/context.js'
import { isCommonPassword } from './common-passwords.js'

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane (algorithm 2 is argon2id, the library's own default). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Checks a new password. Refuses with `invalid_account`, naming what is wrong. */
export function checkPassword(
  { settings }: Pick<Context, 'settings'>,
  password: Secret,
  owner: { readonly username: string; readonly groups: readonly { readonly name: string }[] },
): Refusal | undefined {
  const groups = owner.groups.map(({ name }) => name)
  const administrator = scopesOfGroups(groups, settings.groupMapping).some((scope) => scope.startsWith('admin:'))
  const problem = findPasswordProblem(password.reveal(), { username: owner.username, administrator }, isCommonPassword)
  return problem === undefined ? undefined : new Refusal('invalid_account', problem)
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
  if (password.reveal().length > MAXIMUM_PASSWORD_LENGTH) return false
  decoy ??= hashPassword(new Secret('no account has this password'))
  const matches = await verify(stored ?? (await decoy), password.reveal())
  return stored !== undefined && matches
}
