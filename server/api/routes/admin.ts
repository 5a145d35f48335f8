import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { readRestriction } from '../../core/access/restriction.js'
import type { Pinned } from '../../core/token/record.js'
import { ADMIN_TOKEN, ADMIN_USERINFO } from '../../core/token/scope.js'
import { listGroups, listUsers } from '../../people/find-person.js'
import { quotaSchema } from '../../settings/quota.js'
import { deleteQuotaOverrides, replaceQuotaOverrides } from '../../storage/quota-overrides.js'
import { createTokenForUser } from '../../tokens/create-for-user.js'
import { sendDetails, sendRefusal } from '../error-body.js'
import { noOverrides, tooManyTokens } from '../openapi/error-responses.js'
import { route } from '../route.js'
import { newTokenForUser, username } from '../schemas/requests.js'
import * as responses from '../schemas/responses.js'
import { sendMade } from '../schemas/token-info.js'
import { described, userInfo, withoutDefaults } from '../schemas/user-info.js'

/** Routes for administrators: tokens, user information, quota overrides. */
export const adminRoutes = [
  route({
    method: 'post',
    path: '/tokens',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    summary: 'Create a user or service token for any user',
    body: newTokenForUser,
    act: 'token.for-others',
    responses: { 201: responses.tokenMade, 409: tooManyTokens },
    async handle({ context, caller, body, response }) {
      const restriction = readRestriction(body.networks ?? [], body.services ?? [])
      if (restriction instanceof Refusal) return sendRefusal(response, restriction)
      const wanted = {
        username: body.username,
        type: body.token_type,
        scopes: body.scopes,
        pinned: pinnedOf(body),
        ...(body.token_name != null && { name: body.token_name }),
        ...(body.expires != null && { expires: body.expires }),
        ...(restriction && { restriction }),
      }
      const created = await createTokenForUser(context, wanted, { ...caller.actor, maker: caller.token })
      if (created instanceof Refusal) return sendRefusal(response, created)
      sendMade(response, created, context.settings)
    },
  }),
  route({
    method: 'get',
    path: '/users',
    access: { scope: ADMIN_USERINFO },
    summary: 'List all users',
    responses: { 200: { description: 'The users', body: z.array(responses.knownUser) } },
    async handle({ context, response }) {
      const people = await listUsers(context)
      response.json(
        people.map((each) =>
          withoutDefaults({ username: each.username, ...described(each), groups: each.groups ?? [] }),
        ),
      )
    },
  }),
  route({
    method: 'get',
    path: '/users/:username',
    access: { owner: 'self or reader' },
    summary: 'Get information on a user',
    params: z.object({ username }),
    responses: { 200: { description: 'The known fields; of an unknown user, the name', body: responses.knownUser } },
    async handle({ context, params, response }) {
      response.json(withoutDefaults(await userInfo(context, { username: params.username })))
    },
  }),
  route({
    method: 'get',
    path: '/groups',
    access: { scope: ADMIN_USERINFO },
    summary: 'List all groups',
    responses: { 200: { description: 'The groups', body: responses.knownGroups } },
    async handle({ context, response }) {
      const groups = await listGroups(context)
      const system = new Set(context.settings.ldap?.systemGroups)
      const lists = {
        user: groups.filter(({ name }) => !system.has(name)),
        system: groups.filter(({ name }) => system.has(name)),
      }
      response.json(Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)))
    },
  }),
  route({
    method: 'get',
    path: '/quota-overrides',
    access: {},
    summary: 'Get the quota overrides',
    responses: { 200: { description: 'The overrides', body: responses.quotaConfig }, 404: noOverrides },
    async handle({ context, response }) {
      const { quotas } = await context.quotaCache.get()
      if (quotas) response.json(quotas)
      else sendDetails(response, 404, [{ msg: 'No quota overrides set', type: 'not_found' }])
    },
  }),
  route({
    method: 'put',
    path: '/quota-overrides',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    summary: 'Replace the quota overrides',
    body: quotaSchema,
    act: 'quota.change',
    responses: { 200: { description: 'The new overrides', body: responses.quotaConfig } },
    async handle({ context, caller, body, response }) {
      await replaceQuotaOverrides(context, body, caller.actor)
      response.json(body)
    },
  }),
  route({
    method: 'delete',
    path: '/quota-overrides',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    summary: 'Delete the quota overrides',
    act: 'quota.change',
    responses: { 204: { description: 'Deleted' }, 404: noOverrides },
    async handle({ context, caller, response }) {
      if (await deleteQuotaOverrides(context, caller.actor)) return void response.status(204).end()
      sendDetails(response, 404, [{ msg: 'No quota overrides set', type: 'not_found' }])
    },
  }),
]

function pinnedOf({ name, email, uid, gid, groups }: z.infer<typeof newTokenForUser>): Pinned {
  return {
    ...(name != null && { name }),
    ...(email != null && { email }),
    ...(uid != null && { uid }),
    ...(gid != null && { gid }),
    ...(groups != null && groups.length > 0 && { groups }),
  }
}
