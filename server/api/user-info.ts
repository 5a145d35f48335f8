import { findAccount } from '../stores/accounts.js'
import type { Context } from '../stores/context.js'

/** Gafaelfawr's `UserInfo`: what is not known is left out, but groups are always there. */
export async function userInfo(context: Context, username: string) {
  const account = await findAccount(context.postgres.prisma, username)
  return {
    username,
    ...(account?.name && { name: account.name }),
    ...(account?.email && { email: account.email }),
    ...(account && { uid: account.uid, gid: account.gid }),
    groups: account?.groups ?? [],
  }
}
