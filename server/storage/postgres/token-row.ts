import type { Restriction } from '../../core/access/restriction.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Pinned, TokenRecord, TokenType } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import type { TokenKey } from '../../core/token/token.js'
import type { TokenModel } from '../generated/models.js'
import { fromDate } from './client.js'

/** A row of the table `token` as {@link TOKEN_COLUMNS} have it. */
export interface TokenRow {
  readonly key: string
  readonly type: TokenType
  readonly username: string
  readonly name: string | null
  /** With a space between two: no scope has one in it. */
  readonly scopes: string
  readonly created: EpochSeconds
  readonly expires: EpochSeconds | null
  readonly pinned: unknown
  readonly restriction: unknown
  readonly granted: boolean
  /** With a space between two. */
  readonly makers: string
  readonly lastUsed: EpochSeconds | null
  readonly lastUsedAddress: string | null
  readonly lastUsedClient: string | null
  readonly usedBelow: EpochSeconds | null
  readonly parent: string | null
  readonly service: string | null
}

const seconds = (column: string) => `extract(epoch FROM ${column})::float8`

/**
 * The columns of a token, for queries by hand. Instants are numbers and scopes one text: of a list of thousands
 * the driver takes longer to read dates and arrays than PostgreSQL takes to find it.
 */
export const TOKEN_COLUMNS = `t.key, t.type, t.username, t.name, array_to_string(t.scopes, ' ') AS scopes,
  ${seconds('t.created')} AS created, ${seconds('t.expires')} AS expires, t.pinned, t.restriction, t.granted,
  array_to_string(t.makers, ' ') AS makers,
  ${seconds('t.last_used')} AS "lastUsed", host(t.last_used_address) AS "lastUsedAddress", t.last_used_client AS "lastUsedClient",
  ${seconds('t.used_below')} AS "usedBelow", t.parent, t.service`

export function toRecord(row: TokenRow): TokenRecord {
  const lastUsed = row.lastUsed !== null && {
    at: row.lastUsed,
    ...(row.lastUsedAddress !== null && { address: row.lastUsedAddress }),
    ...(row.lastUsedClient !== null && { client: row.lastUsedClient }),
  }
  return {
    key: row.key as TokenKey,
    type: row.type,
    username: row.username,
    scopes: row.scopes === '' ? [] : (row.scopes.split(' ') as Scope[]),
    created: row.created,
    ...(row.name !== null && { name: row.name }),
    ...(row.expires !== null && { expires: row.expires }),
    ...(row.pinned !== null && { pinned: row.pinned as Pinned }),
    ...(row.restriction !== null && { restriction: row.restriction as Restriction }),
    ...(row.granted && { granted: true }),
    ...(row.makers !== '' && { makers: row.makers.split(' ') as TokenKey[] }),
    ...(lastUsed && { lastUsed }),
    ...(row.usedBelow !== null && { usedBelow: row.usedBelow }),
    ...(row.parent !== null && { parent: row.parent as TokenKey }),
    ...(row.service !== null && { service: row.service }),
  }
}

/** As {@link toRecord}, for what Prisma found. */
export function fromPrisma({
  scopes,
  makers,
  created,
  expires,
  lastUsed,
  usedBelow,
  ...rest
}: TokenModel): TokenRecord {
  return toRecord({
    ...rest,
    scopes: scopes.join(' '),
    makers: makers.join(' '),
    created: fromDate(created),
    expires: expires && fromDate(expires),
    lastUsed: lastUsed && fromDate(lastUsed),
    usedBelow: usedBelow && fromDate(usedBelow),
  })
}
