import type { Response } from 'express'
import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { isoTime } from '../../core/time.js'
import { changeClient, createClient, removeClient, rotateSecret } from '../../openid/clients.js'
import { findClient, listClients } from '../../storage/postgres/openid/clients.js'
import { sendRefusal } from '../error-body.js'
import { noOpenIdServer, noSuchClient } from '../openapi/error-responses.js'
import { type Call, route } from '../route.js'
import * as schemas from '../schemas/oidc-clients.js'

const access = { clients: true, bootstrap: true } as const

/** Routes for the clients of the OpenID Connect server, as Gafaelfawr has them; and the rotation of their secrets. */
export const oidcClientRoutes = [
  route({
    method: 'get',
    path: '/oidc-clients',
    access,
    summary: 'List the clients',
    responses: {
      200: { description: 'The clients, the oldest first', body: z.array(schemas.clientResponse) },
      404: noOpenIdServer,
    },
    async handle({ context, response }) {
      if (isOff({ context, response })) return
      const { baseUrl } = context.settings
      response.json((await listClients(context.postgres.prisma)).map((each) => schemas.sentClient(each, baseUrl)))
    },
  }),
  route({
    method: 'post',
    path: '/oidc-clients',
    access,
    act: 'client.change',
    summary: 'Register a client',
    body: schemas.newClient,
    responses: {
      201: {
        description: 'The client with its secret, which is not shown again',
        body: schemas.newClientResponse,
        headers: { Location: { description: 'The address of the client in this API' } },
      },
      404: noOpenIdServer,
    },
    async handle({ context, caller, body, response }) {
      if (isOff({ context, response })) return
      const made = await createClient(context, { ...schemas.wishOf(body), isPublic: body.public }, caller.actor)
      if (made instanceof Refusal) return refuse(response, made)
      const sent = schemas.sentClient(made.client, context.settings.baseUrl)
      const secret = made.secret && { client_secret: made.secret.reveal() }
      response
        .status(201)
        .set('Location', sent.url)
        .json({ ...sent, ...secret })
    },
  }),
  route({
    method: 'get',
    path: '/oidc-clients/:client_id',
    access,
    summary: 'Get a client',
    params: schemas.clientId,
    responses: { 200: { description: 'The client', body: schemas.clientResponse }, 404: noSuchClient },
    async handle({ context, params, response }) {
      if (isOff({ context, response })) return
      const client = await findClient(context.postgres.prisma, params.client_id)
      if (!client) return refuse(response, new Refusal('client_unknown'))
      response.json(schemas.sentClient(client, context.settings.baseUrl))
    },
  }),
  route({
    method: 'patch',
    path: '/oidc-clients/:client_id',
    access,
    act: 'client.change',
    summary: 'Replace all that is said of a client',
    params: schemas.clientId,
    body: schemas.changedClient,
    responses: { 200: { description: 'The client', body: schemas.clientResponse }, 404: noSuchClient },
    async handle({ context, caller, params, body, response }) {
      if (isOff({ context, response })) return
      const changed = await changeClient(context, params.client_id, schemas.wishOf(body), caller.actor)
      if (changed instanceof Refusal) return refuse(response, changed)
      response.json(schemas.sentClient(changed, context.settings.baseUrl))
    },
  }),
  route({
    method: 'delete',
    path: '/oidc-clients/:client_id',
    access,
    act: 'client.change',
    summary: 'Delete a client; what it was given is refused from then on',
    params: schemas.clientId,
    responses: { 204: { description: 'Deleted' }, 404: noSuchClient },
    async handle({ context, caller, params, response }) {
      if (isOff({ context, response })) return
      const removed = await removeClient(context, params.client_id, caller.actor)
      if (removed instanceof Refusal) return refuse(response, removed)
      response.status(204).end()
    },
  }),
  route({
    method: 'post',
    path: '/oidc-clients/:client_id/secret',
    access,
    act: 'client.change',
    summary: 'Give a client another secret; those before it stay valid for a while',
    params: schemas.clientId,
    body: schemas.rotation,
    responses: {
      201: { description: 'The secret, which is not shown again', body: schemas.secretResponse },
      404: noSuchClient,
    },
    async handle({ context, caller, params, body, response }) {
      if (isOff({ context, response })) return
      const rotated = await rotateSecret(context, params.client_id, body.overlap, caller.actor)
      if (rotated instanceof Refusal) return refuse(response, rotated)
      const { secret, previousUntil } = rotated
      response.status(201).json({
        client_id: params.client_id,
        client_secret: secret.reveal(),
        previous_until: isoTime(previousUntil),
      })
    },
  }),
]

/** Refuses where the site has no OpenID Connect server, as Gafaelfawr does. */
function isOff({ context, response }: Pick<Call, 'context' | 'response'>): boolean {
  if (context.settings.oidcServer.enabled) return false
  sendRefusal(response, new Refusal('not_supported'))
  return true
}

function refuse(response: Response, refusal: Refusal): void {
  sendRefusal(response, refusal, refusal.code === 'client_unknown' ? ['path', 'client_id'] : ['body', 'return_uri'])
}
