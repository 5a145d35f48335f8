import { createHmac, hash } from 'node:crypto'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { actorOf } from '../../authn/actor.js'
import { CLI_CLIENT } from '../../core/openid/device.js'
import { cleanTokenName, isTokenName } from '../../core/people/token-name.js'
import { storedClient } from '../../core/token/use-place.js'
import type { Context } from '../../storage/context.js'
import {
  type DeviceLogin,
  findDeviceLogin,
  insertDeviceLogin,
  putBackDeviceLogin,
  takeDeviceLogin,
} from '../../storage/postgres/openid/device-logins.js'
import type { Library } from '../library.js'
import { noteUsed } from '../tokens/give-back.js'

const OPENID = 'openid'
/** Longer than all scopes of a site in a row. */
const SCOPE_LENGTH = 4000

/**
 * Keeps the requests of devices in PostgreSQL, where the token that comes of one is created in the transaction that takes the
 * request away. Device codes and user codes are not stored.
 */
export class DeviceAdapter implements Adapter {
  constructor(
    private readonly context: Context,
    private readonly library: Library,
  ) {}

  /** Stores a new request; the pages alone change one. */
  async upsert(code: string, { clientId = '', params, userCode = '' }: AdapterPayload, seconds: number): Promise<void> {
    const { postgres, keys, clock } = this.context
    const { req: request, oidc } = this.library.Provider.ctx ?? {}
    // The provider leaves out of `params` what is no scope of OpenID Connect: those of this site.
    const asked = textOf(oidc?.body?.scope)
    this.#refuseScopes(clientId, asked)
    const scope = isForOpenId(asked) ? textOf(params?.scope) : asked
    const { address, client = '' } = request ? actorOf(request, 'api') : {}
    const tokenName = cleanTokenName(textOf(params?.token_name))
    const now = clock()
    const login = {
      id: deviceId(code),
      clientId,
      scope,
      // It only fills a field in, which the user reads.
      ...(isTokenName(tokenName) && { tokenName }),
      ...(address !== undefined && { address }),
      program: storedClient(client),
      created: now,
      expires: now + seconds,
    }
    await insertDeviceLogin(postgres.prisma, login, codeMac(keys.openIdRecords[0], userCode))
  }

  async find(code: string): Promise<AdapterPayload | undefined> {
    const login = await findDeviceLogin(this.context.postgres.prisma, deviceId(code))
    return login && payloadOf(login, code)
  }

  /** Of two requests that found it approved, one alone may go on. */
  async consume(code: string): Promise<void> {
    const { prisma } = this.context.postgres
    const taken = await takeDeviceLogin(prisma, deviceId(code))
    if (!taken) throw new this.library.errors.InvalidGrant('already consumed')
    noteUsed(this.library.Provider.ctx?.req, () => putBackDeviceLogin(prisma, taken))
  }

  async destroy(code: string): Promise<void> {
    await takeDeviceLogin(this.context.postgres.prisma, deviceId(code))
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async revokeByGrantId(): Promise<void> {}

  /** Postern's own command line gets tokens of this site, and is no client of OpenID Connect. */
  #refuseScopes(clientId: string, scope: string): void {
    const { settings } = this.context
    if (scope.length > SCOPE_LENGTH) throw new this.library.errors.InvalidScope('requested scope is too long', '')
    if (!isForOpenId(scope) || (settings.oidcServer.enabled && clientId !== CLI_CLIENT)) return
    throw new this.library.errors.InvalidScope('requested scope is not allowed', OPENID)
  }
}

/** Returns whether a client asks to learn of the user, and not for a token of this site. */
export function isForOpenId(scope: string): boolean {
  return scope.split(' ').includes(OPENID)
}

/** Names a device code; the code has 256 random bits, so that no table goes through so many. */
export function deviceId(code: string): string {
  return hash('sha256', `device code\0${code}`, 'base64url')
}

/**
 * Names a user code.
 *
 * Attack: there are but 2.6 · 10¹⁰ user codes; a reader of the database would find the one of a plain hash in seconds.
 */
export function codeMac(key: Uint8Array, userCode: string): string {
  return createHmac('sha256', key).update(`user code\0${userCode}`).digest('base64url')
}

function payloadOf(login: DeviceLogin, code: string): AdapterPayload {
  const { clientId, scope, created: iat, expires: exp } = login
  const payload: AdapterPayload = { kind: 'DeviceCode', jti: code, clientId, params: { scope }, iat, exp }
  if (login.status === 'denied') {
    return { ...payload, error: 'access_denied', errorDescription: 'The user did not agree' }
  }
  if (login.status === 'pending') return payload
  const { username: accountId, session: sessionUid, approval } = login
  const { grantId, authTime, scope: given } = approval.is === 'grant' ? approval : { scope: '' }
  return {
    ...payload,
    accountId,
    sessionUid,
    scope: given,
    ...(grantId !== undefined && { grantId }),
    ...(authTime !== undefined && { authTime }),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
