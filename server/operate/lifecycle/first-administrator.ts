import { Refusal } from '../../core/access/refusal.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { Secret } from '../../core/token/secret.js'
import { addAccount } from '../../people/add-account.js'
import type { Context } from '../../storage/context.js'
import { listAccounts } from '../../storage/postgres/accounts.js'

/**
 * Creates the administrator's account where PostgreSQL is embedded and has no account yet.
 *
 * @returns its password, which is stored only as a hash
 */
export async function addFirstAdministrator(
  context: Context,
): Promise<{ username: string; password: Secret } | undefined> {
  if (context.settings.databaseUrl || (await listAccounts(context.postgres.prisma)).length > 0) return undefined
  const username = 'admin'
  const password = new Secret(readablePassword(context.random(16)))
  const [group = 'admins'] = context.settings.groupMapping.get(ADMIN_TOKEN) ?? []
  const account = await addAccount(context, { username, password, name: 'Administrator', groups: [{ name: group }] })
  return account instanceof Refusal ? undefined : { username, password }
}

/** Crockford's base 32, in which no letter looks like a digit. 16 characters are 80 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

function readablePassword(bytes: Buffer): string {
  const letters = [...bytes].map((byte) => ALPHABET[byte % 32])
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-')
}
