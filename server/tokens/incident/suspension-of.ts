import type { Suspension } from '../../core/incident/suspension.js'
import { MAXIMUM_DEPTH } from '../../core/token/ancestry.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { suspensionsOf } from '../../storage/postgres/suspensions/suspensions.js'
import { getToken } from '../list.js'

/** Finds the suspension that refuses a token: its own, or that of the nearest token that it came from. */
export async function suspensionOf(
  context: Context,
  record: Pick<TokenRecord, 'key' | 'username' | 'parent'>,
): Promise<Suspension | undefined> {
  const keys: TokenKey[] = [record.key]
  for (let next = record.parent; next !== undefined && keys.length <= MAXIMUM_DEPTH; ) {
    keys.push(next)
    next = (await getToken(context, record.username, next))?.parent
  }
  const found = await suspensionsOf(context.postgres.prisma, keys)
  return keys.map((key) => found.get(key)).find((each) => each !== undefined)
}
