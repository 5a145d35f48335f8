import { Refusal } from '../../core/access/refusal.js'
import type { AuditObject } from '../../core/audit/event.js'
import { endOfApproved } from '../../core/openid/device.js'
import { REGISTERED_ITSELF, USED_FOR } from '../../core/openid/registration.js'
import type { Actor } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Context } from '../../storage/context.js'
import { keepRegistered } from '../../storage/postgres/openid/clients.js'
import {
  type Approval,
  approveDevice,
  type DeviceLogin,
  denyDevice,
  findWaitingDevice,
} from '../../storage/postgres/openid/device-logins.js'
import { commit } from '../../storage/unit-of-work.js'
import { codeMac } from './adapter.js'

/** Finds the device that shows a user code and waits for an answer. */
export function findDevice({ postgres, keys, clock }: Context, userCode: string): Promise<DeviceLogin | undefined> {
  const codes = keys.openIdRecords.map((key) => codeMac(key, userCode))
  return findWaitingDevice(postgres.prisma, codes, clock())
}

/** Lets a device fetch what a user chose for it, once. Refuses with `device_unknown` when it was answered meanwhile. */
export function approve(
  context: Context,
  login: DeviceLogin,
  approval: Approval,
  { session, actor }: { readonly session: TokenRecord; readonly actor: Actor },
): Promise<Refusal | undefined> {
  const now = context.clock()
  const answerer = { username: session.username, session: session.key }
  const until = { id: login.id, expires: endOfApproved(login.expires, now), now }
  return commit(context, async (work) => {
    if (!(await approveDevice(work.db, until, answerer, approval))) return new Refusal('device_unknown')
    await keepRegistered(work.db, { id: login.clientId, by: REGISTERED_ITSELF }, now + USED_FOR)
    work.record({ action: 'device.approve', actor, object: objectOf(login), after: factsOf(login) })
    return undefined
  })
}

export function deny(context: Context, login: DeviceLogin, actor: Actor): Promise<Refusal | undefined> {
  return commit(context, async (work) => {
    if (!(await denyDevice(work.db, login.id, context.clock()))) return new Refusal('device_unknown')
    work.record({ action: 'device.deny', actor, object: objectOf(login), after: factsOf(login) })
    return undefined
  })
}

const objectOf = ({ clientId }: DeviceLogin): AuditObject => ({ type: 'oidc-client', id: clientId })

/** Where the request came from: the act itself has where the user was. */
function factsOf({ address, program, scope }: DeviceLogin) {
  return { ...(address !== undefined && { address }), program, scope }
}
