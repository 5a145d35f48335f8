import { Refusal } from '../../core/access/refusal.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import type { Secret } from '../../core/token/secret.js'
import { addAccount } from '../../people/add-account.js'
import { generatePassword } from '../../people/generate-password.js'
import { providerTitles } from '../../settings/providers/titles.js'
import type { Context } from '../../storage/context.js'
import { type Account, listAccounts } from '../../storage/postgres/accounts.js'

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

/**
 * Says how the site gets an administrator where it has none. Where users come from an identity provider, administrators are
 * in its groups, which are not known here.
 */
export async function adviceOnAdministrators({ settings, postgres }: Context): Promise<string | undefined> {
  const [group, ...more] = settings.groupMapping.get(ADMIN_TOKEN) ?? []
  if (group === undefined) return 'No user administers this site: groupMapping gives admin:token to no group.'
  if (providerTitles(settings).size > 0) return undefined
  const accounts = await listAccounts(postgres.prisma)
  const isAdministrator = ({ groups, disabled }: Account) =>
    disabled === undefined && groups.some(({ name }) => [group, ...more].includes(name))
  if (accounts.some(isAdministrator)) return undefined
  return `No account administers this site. Add one: npx postern account add NAME --group ${group}`
}
