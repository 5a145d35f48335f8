import { Refusal } from '../../core/access/refusal.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { Secret } from '../../core/token/secret.js'
import { addAccount } from '../../people/add-account.js'
import type { Context } from '../../storage/context.js'
import { listAccounts } from '../../storage/postgres/accounts.js'

/**
 * Where Postern keeps everything itself and there is no account yet, makes one for the administrator. Its password is
 * in the answer and nowhere else.
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

/** Crockford's base 32: no letter in it looks like a digit. 80 bits in four groups, to read off a terminal and type. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

function readablePassword(bytes: Buffer): string {
  const letters = [...bytes].map((byte) => ALPHABET[byte % 32])
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-')
}
