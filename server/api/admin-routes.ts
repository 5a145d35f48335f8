import { z } from 'zod'
import { Refusal } from '../core/refusal.js'
import { ADMIN_TOKEN, type Scope } from '../core/scope.js'
import { formatToken } from '../core/token.js'
import type { Pinned } from '../core/token-record.js'
import { listGroups, listUsers } from '../people/directory.js'
import { quotaSchema } from '../settings/schema.js'
import { deleteOverrides, readOverrides, writeOverrides } from '../stores/quota-counters.js'
import { createTokenFor } from '../tokens/create-for.js'
import { sendDetails, sendRefusal } from './detail.js'
import { route } from './route.js'
import { newTokenFor, username } from './schemas.js'
import { userInfo, withoutDefaults } from './user-info.js'

const ADMIN_USERINFO = 'admin:userinfo' as Scope

/** What administrators do for everybody: tokens, user information, quota overrides. */
export const adminRoutes = [
  route({
    method: 'post',
    path: '/tokens',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    body: newTokenFor,
    async handle({ context, caller, body, response }) {
      const wanted = {
        username: body.username,
        type: body.token_type,
        scopes: body.scopes,
        pinned: pinnedOf(body),
        ...(body.token_name != null && { name: body.token_name }),
        ...(body.expires != null && { expires: body.expires }),
      }
      const created = await createTokenFor(context, wanted, caller.actor)
      if (created instanceof Refusal) return sendRefusal(response, created)
      const address = `/auth/api/v1/users/${body.username}/tokens/${created.token.key}`
      response
        .status(201)
        .set('Location', address)
        .json({ token: formatToken(created.token) })
    },
  }),
  route({
    method: 'get',
    path: '/users',
    access: { scope: ADMIN_USERINFO },
    async handle({ context, response }) {
      response.json((await listUsers(context)).map(withoutDefaults))
    },
  }),
  route({
    method: 'get',
    path: '/users/:username',
    access: {},
    params: z.object({ username }),
    async handle({ context, caller, params, response }) {
      if (caller.username !== params.username && !caller.scopes.includes(ADMIN_USERINFO)) {
        const message = `Token does not have required scope ${ADMIN_USERINFO}`
        return sendRefusal(response, new Refusal('permission_denied', message))
      }
      response.json(withoutDefaults(await userInfo(context, { username: params.username })))
    },
  }),
  route({
    method: 'get',
    path: '/groups',
    access: { scope: ADMIN_USERINFO },
    async handle({ context, response }) {
      const groups = await listGroups(context)
      response.json(groups.length > 0 ? { user: groups } : {})
    },
  }),
  route({
    method: 'get',
    path: '/quota-overrides',
    access: {},
    async handle({ context, response }) {
      const overrides = await readOverrides(context.redis)
      if (overrides !== null) response.type('json').send(overrides)
      else sendDetails(response, 404, [{ msg: 'No quota overrides set', type: 'not_found' }])
    },
  }),
  route({
    method: 'put',
    path: '/quota-overrides',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    body: quotaSchema,
    async handle({ context, body, response }) {
      await writeOverrides(context.redis, JSON.stringify(body))
      response.json(body)
    },
  }),
  route({
    method: 'delete',
    path: '/quota-overrides',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    async handle({ context, response }) {
      if (await deleteOverrides(context.redis)) return void response.status(204).end()
      sendDetails(response, 404, [{ msg: 'No quota overrides set', type: 'not_found' }])
    },
  }),
]

function pinnedOf({ name, email, uid, gid, groups }: z.infer<typeof newTokenFor>): Pinned {
  return {
    ...(name != null && { name }),
    ...(email != null && { email }),
    ...(uid != null && { uid }),
    ...(gid != null && { gid }),
    ...(groups != null && groups.length > 0 && { groups }),
  }
}
