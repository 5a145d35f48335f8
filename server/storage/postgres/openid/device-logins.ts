import type { Restriction } from '../../../core/access/restriction.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Scope } from '../../../core/token/scope.js'
import type { DeviceLogin as Row } from '../../generated/client.js'
import { fromDate, type Transaction, toDate } from '../client.js'

/** What a device asked for, and from where. */
export interface DeviceRequest {
  /** SHA-256 of the device code. */
  readonly id: string
  readonly clientId: string
  /** As it was sent: scopes of OpenID Connect, or of this site. */
  readonly scope: string
  /** The name that the client suggests for the token. */
  readonly tokenName?: string
  readonly address?: string
  /** The User-Agent, shortened. */
  readonly program: string
  readonly created: EpochSeconds
  readonly expires: EpochSeconds
}

/** What a user chose for a device: a user token, or what its OpenID Connect client learns. */
export type Approval =
  | {
      readonly is: 'token'
      readonly name: string
      readonly scopes: readonly Scope[]
      readonly expires?: EpochSeconds
      readonly restriction?: Restriction
    }
  | { readonly is: 'grant'; readonly grantId: string; readonly scope: string; readonly authTime: EpochSeconds }

/** The user who answered, by a session. */
export interface Answerer {
  readonly username: string
  readonly session: string
}

export type DeviceLogin = DeviceRequest &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'denied' }
    | ({ readonly status: 'approved'; readonly approval: Approval } & Answerer)
  )

/** @param userCode the HMAC of the user code */
export async function insertDeviceLogin(db: Transaction, request: DeviceRequest, userCode: string): Promise<void> {
  const { created, expires, ...rest } = request
  const data = { ...rest, userCode, status: 'pending', created: toDate(created), expires: toDate(expires) }
  await db.deviceLogin.create({ data })
}

export async function findDeviceLogin(db: Transaction, id: string): Promise<DeviceLogin | undefined> {
  const row = await db.deviceLogin.findUnique({ where: { id } })
  return row ? toLogin(row) : undefined
}

/**
 * Finds the device that shows a user code and waits for an answer.
 *
 * @param codes the HMACs of the code with each key
 */
export async function findWaitingDevice(
  db: Transaction,
  codes: readonly string[],
  now: EpochSeconds,
): Promise<DeviceLogin | undefined> {
  const row = await db.deviceLogin.findFirst({
    where: { userCode: { in: [...codes] }, status: 'pending', expires: { gt: toDate(now) } },
  })
  return row ? toLogin(row) : undefined
}

/** Answers for a device that still waits; of two answers at once the second is too late, and false. */
export async function approveDevice(
  db: Transaction,
  { id, expires, now }: { readonly id: string; readonly expires: EpochSeconds; readonly now: EpochSeconds },
  { username, session }: Answerer,
  approval: Approval,
): Promise<boolean> {
  const { count } = await db.deviceLogin.updateMany({
    where: { id, status: 'pending', expires: { gt: toDate(now) } },
    data: { status: 'approved', username, session, approval: JSON.stringify(approval), expires: toDate(expires) },
  })
  return count > 0
}

export async function denyDevice(db: Transaction, id: string, now: EpochSeconds): Promise<boolean> {
  const { count } = await db.deviceLogin.updateMany({
    where: { id, status: 'pending', expires: { gt: toDate(now) } },
    data: { status: 'denied' },
  })
  return count > 0
}

/** Notes a poll; false when the one before was after an instant. */
export async function notePoll(
  db: Transaction,
  id: string,
  { now, lastBefore }: { readonly now: EpochSeconds; readonly lastBefore: EpochSeconds },
): Promise<boolean> {
  const { count } = await db.deviceLogin.updateMany({
    where: { id, OR: [{ polled: null }, { polled: { lte: toDate(lastBefore) } }] },
    data: { polled: toDate(now) },
  })
  return count > 0
}

/** Takes an answered request away: of two polls at once, one alone gets it. */
export async function takeDeviceLogin(db: Transaction, id: string): Promise<Row | undefined> {
  // What was answered changes no more but in when it was polled.
  const row = await db.deviceLogin.findUnique({ where: { id, status: { not: 'pending' } } })
  const { count } = await db.deviceLogin.deleteMany({ where: { id, status: { not: 'pending' } } })
  return row !== null && count > 0 ? row : undefined
}

/** Undoes {@link takeDeviceLogin}, for the poll that got it. */
export async function putBackDeviceLogin(db: Transaction, taken: Row): Promise<void> {
  await db.deviceLogin.createMany({ data: [taken], skipDuplicates: true })
}

/** Deletes what expired before an instant. */
export async function pruneDeviceLogins(db: Transaction, before: EpochSeconds): Promise<void> {
  await db.deviceLogin.deleteMany({ where: { expires: { lt: toDate(before) } } })
}

function toLogin(row: Row): DeviceLogin {
  const request: DeviceRequest = {
    id: row.id,
    clientId: row.clientId,
    scope: row.scope,
    ...(row.tokenName !== null && { tokenName: row.tokenName }),
    ...(row.address !== null && { address: row.address }),
    program: row.program,
    created: fromDate(row.created),
    expires: fromDate(row.expires),
  }
  const { status, username, session, approval } = row
  if (status === 'approved' && username !== null && session !== null && approval !== null)
    return { ...request, status, username, session, approval: JSON.parse(approval) as Approval }
  return { ...request, status: status === 'denied' ? 'denied' : 'pending' }
}
