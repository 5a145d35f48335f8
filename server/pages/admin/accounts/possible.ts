import type { Context } from '../../../storage/context.js'
import { findAccount } from '../../../storage/postgres/accounts.js'
import { listPasskeys } from '../../../storage/postgres/identity/passkeys.js'
import { findPersonRow } from '../../../storage/postgres/people.js'

/** What an administrator can do to the account of another user. */
export const ACCOUNT_ACTS = ['disable', 'enable', 'reset-password', 'remove-passkeys', 'sign-out'] as const
export type AccountAct = (typeof ACCOUNT_ACTS)[number]

/** Lists the acts that the present state of a user's account has. */
export async function possibleActs({ postgres }: Context, username: string): Promise<readonly AccountAct[]> {
  const [person, account, passkeys] = await Promise.all([
    findPersonRow(postgres, username),
    findAccount(postgres.prisma, username),
    listPasskeys(postgres.prisma, username),
  ])
  if (!person) return ['sign-out']
  return [
    person.disabled ? 'enable' : 'disable',
    ...(account ? (['reset-password'] as const) : []),
    ...(passkeys.length > 0 ? (['remove-passkeys'] as const) : []),
    'sign-out',
  ]
}
