import type { Response } from 'express'
import type { KoaContextWithOIDC, TokenEndpointGrantContext } from 'oidc-provider'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { latestPollBefore } from '../../core/openid/device.js'
import { formatToken } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import {
  type Approval,
  type DeviceLogin,
  findDeviceLogin,
  notePoll,
  takeDeviceLogin,
} from '../../storage/postgres/openid/device-logins.js'
import { commit } from '../../storage/unit-of-work.js'
import { userTokenFor } from '../../tokens/create-user-token.js'
import { type CreatedToken, insertToken } from '../../tokens/insert.js'
import type { Library } from '../library.js'
import { sessionByKey } from '../session.js'
import { deviceId } from './adapter.js'

export type GrantHandler<Params extends object> = (ctx: TokenEndpointGrantContext<Params>) => void | Promise<void>

type ApprovedToken = Extract<Approval, { readonly is: 'token' }>
type Approved = Extract<DeviceLogin, { readonly status: 'approved' }>

/**
 * Answers the polls of devices (RFC 8628 §3.4): with a user token where the user made one; the provider answers the others.
 * It has checked the client and the form of the request.
 */
export function deviceGrant<Params extends object>(
  context: Context,
  library: Library,
  others: GrantHandler<Params>,
): GrantHandler<Params> {
  const { postgres, clock } = context
  const { CustomOIDCProviderError, ExpiredToken } = library.errors
  const tooSoon = () => new CustomOIDCProviderError('slow_down', 'poll again in ten seconds')

  return async (ctx) => {
    const { client, params } = ctx.oidc
    const code: unknown = Reflect.get(params, 'device_code')
    const login = typeof code === 'string' ? await findDeviceLogin(postgres.prisma, deviceId(code)) : undefined
    const now = clock()
    if (login === undefined || login.clientId !== client.clientId) return others(ctx)
    if (login.expires <= now) throw new ExpiredToken('device code is expired')
    if (login.status === 'pending') {
      // A client asks every five seconds until the user has answered: these are no refusals.
      if ('locals' in ctx.res) noteForAudit(ctx.res as Response, { action: 'api.call' })
      const lastBefore = latestPollBefore(now)
      if (!(await notePoll(postgres.prisma, login.id, { now, lastBefore }))) throw tooSoon()
    }
    if (login.status !== 'approved' || login.approval.is !== 'token') return others(ctx)
    ctx.body = answerOf(await redeem(context, library, ctx, { ...login, approval: login.approval }), now)
  }
}

/**
 * Creates the token that a user approved, in the name of the session that did. The request is taken away in the transaction
 * that creates the token: both are done or neither, so that a device may ask again after a failure, and never gets two.
 */
async function redeem(
  context: Context,
  library: Library,
  ctx: KoaContextWithOIDC,
  login: Approved & { readonly approval: ApprovedToken },
): Promise<CreatedToken> {
  const { AccessDenied, InvalidGrant } = library.errors
  const taken = new Refusal('device_unknown')
  const session = await sessionByKey(context, login.session)
  const { is: _token, ...wish } = login.approval
  const wanted =
    session?.username === login.username ? userTokenFor(context, session, wish) : new Refusal('invalid_token')
  if (!session || wanted instanceof Refusal) {
    await commit(context, ({ db }) => takeDeviceLogin(db, login.id))
    throw new AccessDenied(
      session && wanted instanceof Refusal ? wanted.message : 'The session that approved it is over',
    )
  }
  const maker = { ...actorOf(ctx.req, 'api', session), maker: session }
  const created = await insertToken(context, wanted, maker, async ({ db }) =>
    (await takeDeviceLogin(db, login.id)) ? undefined : taken,
  )
  if (created === taken) throw new InvalidGrant('device code already consumed')
  if (created instanceof Refusal) throw new AccessDenied(created.message)
  return created
}

function answerOf({ token, record }: CreatedToken, now: number) {
  const { expires, scopes, name } = record
  return {
    access_token: formatToken(token),
    token_type: 'Bearer',
    ...(expires !== undefined && { expires_in: expires - now }),
    scope: scopes.join(' '),
    token_name: name,
  }
}
