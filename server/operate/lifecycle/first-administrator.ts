import { Refusal } from '../../core/access/refusal.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import type { Secret } from '../../core/token/secret.js'
import { addAccount } from '../../people/add-account.js'
import { generatePassword } from '../../people/generate-password.js'
import type { Context } from '../../storage/context.js'
import { listAccounts } from '../../storage/postgres/accounts.js'

/**
 * Creates the administrator's account where PostgreSQL is embedded and has no account yet.
 *
 * @returns its password, which is stored only as a hash, and is replaced at the first sign-in
 */
export async function addFirstAdministrator(
  context: Context,
): Promise<{ username: string; password: Secret } | undefined> {
  if (context.settings.databaseUrl || (await listAccounts(context.postgres.prisma)).length > 0) return undefined
  const username = 'admin'
  const password = generatePassword(context.random)
  const [group = 'admins'] = context.settings.groupMapping.get(ADMIN_TOKEN) ?? []
  const wanted = { username, password, name: 'Administrator', groups: [{ name: group }] }
  const account = await addAccount(context, { ...wanted, mustChangePassword: true })
  return account instanceof Refusal ? undefined : { username, password }
}
