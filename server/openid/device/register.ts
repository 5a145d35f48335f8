import express, { type Request, type RequestHandler, type Response } from 'express'
import { actorOf } from '../../authn/actor.js'
import { CLAIMS_BY_SCOPE, OFFLINE_ACCESS, type OpenIdClient } from '../../core/openid/client.js'
import { DEVICE_GRANT } from '../../core/openid/device.js'
import { REGISTERED_ITSELF, readRegistration, UNUSED_FOR } from '../../core/openid/registration.js'
import { Secret } from '../../core/token/secret.js'
import { hashSecret } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { expireSecrets, insertClient, insertSecret } from '../../storage/postgres/openid/clients.js'
import { commit } from '../../storage/unit-of-work.js'
import { registrationThrottle } from './throttle.js'

const readJson = express.json({ limit: '8kb', strict: false, type: () => true })

/**
 * Registers a client that says what it is by itself (RFC 7591), for the device flow alone: no browser is led to an address that
 * it names, and each user sees its name and agrees. It is deleted when no user signs it in.
 */
export function registration(context: Context): RequestHandler {
  const throttle = registrationThrottle(context.redis)

  async function register(request: Request, response: Response): Promise<void> {
    response.set('Cache-Control', 'no-store')
    const wait = await throttle.count(request.ip)
    if (wait !== undefined) {
      response.status(429).set('Retry-After', String(wait))
      response.json({ error: 'slow_down', error_description: 'Too many clients of this network register' })
      return
    }
    const wanted = readRegistration(request.body)
    if ('error' in wanted) return void response.status(400).json(wanted)
    const { random, clock } = context
    const now = clock()
    const secret = new Secret(random(32).toString('base64url'))
    const actor = { ...actorOf(request, 'api'), username: REGISTERED_ITSELF }
    const client: OpenIdClient = {
      id: random(16).toString('hex'),
      description: wanted.name,
      notes: `Registered itself${actor.address === undefined ? '' : ` from ${actor.address}`}`,
      redirectUris: [],
      postLogoutUris: [],
      isPublic: false,
      isOwnSite: false,
      requiredGroups: [],
      created: now,
      lastModified: now,
      lastModifiedBy: REGISTERED_ITSELF,
    }
    await commit(context, async (work) => {
      await insertClient(work, client)
      await insertSecret(work, client.id, hashSecret(secret), now)
      await expireSecrets(work, client.id, now + UNUSED_FOR, now)
      const object = { type: 'oidc-client', id: client.id } as const
      work.record({ action: 'oidc-client.create', actor, object, after: { description: wanted.name } })
    })
    response.status(201).json({
      client_id: client.id,
      client_secret: secret.reveal(),
      client_id_issued_at: now,
      // It has no date: it stays with the client, which is deleted when no user signs it in.
      client_secret_expires_at: 0,
      client_name: wanted.name,
      token_endpoint_auth_method: wanted.authMethod,
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      scope: [...Object.keys(CLAIMS_BY_SCOPE), OFFLINE_ACCESS].join(' '),
    })
  }

  return (request, response, next) =>
    void readJson(request, response, (error?: unknown) =>
      error === undefined ? void register(request, response).catch(next) : next(error),
    )
}
