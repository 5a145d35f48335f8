import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { MAX_EMAIL_LENGTH, normalEmail, UNTRIMMED_EMAIL_PATTERN } from '../../core/people/email.js'
import { findManaged, grantAccess, programHistory, removeAccess, statedGrants } from '../../programs/manage.js'
import { programId } from '../../programs/schema.js'
import { managerOf } from '../authorize-caller.js'
import { sendRefusal } from '../error-body.js'
import { noSuchGrant, noSuchProgram, tooManyGrants } from '../openapi/error-responses.js'
import { type Call, route } from '../route.js'
import * as responses from '../schemas/program-responses.js'

const ofProgram = z.object({ id: programId })
const ofAddress = z.object({
  id: programId,
  email: z.string().min(1).max(MAX_EMAIL_LENGTH).meta({ pattern: UNTRIMMED_EMAIL_PATTERN }),
})

/** Routes for a program's grants and history. */
export const programGrantRoutes = [
  route({
    method: 'get',
    path: '/programs/:id/grants',
    access: { programs: 'investigator' },
    summary: 'List the grants of a program',
    params: ofProgram,
    responses: {
      200: { description: 'The grants, by address', body: z.array(responses.grantResponse) },
      404: noSuchProgram,
    },
    handle: (call) =>
      forManaged(call, async () => (await statedGrants(call.context, call.params.id)).map(responses.sentGrant)),
  }),
  route({
    method: 'get',
    path: '/programs/:id/grants/:email',
    judgesTexts: true,
    access: { programs: 'investigator' },
    summary: 'Get a grant',
    params: ofAddress,
    responses: { 200: { description: 'The grant', body: responses.grantResponse }, 404: noSuchGrant },
    handle: (call) => forManaged(call, () => oneGrant(call)),
  }),
  route({
    method: 'put',
    path: '/programs/:id/grants/:email',
    judgesTexts: true,
    access: { programs: 'principal investigator' },
    act: 'program.access',
    summary: 'Give the present or future owner of an address access to the data. Idempotent',
    params: ofAddress,
    responses: {
      200: { description: 'The grant', body: responses.grantResponse },
      404: noSuchProgram,
      409: tooManyGrants,
    },
    async handle(call) {
      const { context, caller, params, response } = call
      const granted = await grantAccess(context, managerOf(caller), params.id, params.email)
      if (granted instanceof Refusal) return sendRefusal(response, granted)
      await forManaged(call, () => oneGrant({ ...call, params: { ...params, email: granted.email } }))
    },
  }),
  route({
    method: 'delete',
    path: '/programs/:id/grants/:email',
    judgesTexts: true,
    access: { programs: 'principal investigator' },
    summary: 'Revoke a grant',
    params: ofAddress,
    responses: { 204: { description: 'Revoked' }, 404: noSuchGrant },
    async handle({ context, caller, params, response }) {
      const removed = await removeAccess(context, managerOf(caller), params.id, params.email)
      if (removed instanceof Refusal) sendRefusal(response, removed)
      else response.status(204).end()
    },
  }),
  route({
    method: 'get',
    path: '/programs/:id/history',
    access: { programs: 'investigator' },
    summary: 'List the changes of a program and of its grants',
    params: ofProgram,
    responses: {
      200: { description: 'The latest thousand entries, newest first', body: z.array(responses.programChangeResponse) },
      404: noSuchProgram,
    },
    handle: (call) =>
      forManaged(call, async () => (await programHistory(call.context, call.params.id)).map(responses.sentChange)),
  }),
]

/** Sends the result of a look-up by a manager of the program. */
async function forManaged(
  { context, caller, params, response }: Call<typeof ofProgram>,
  find: () => Promise<unknown>,
): Promise<void> {
  const managed = await findManaged(context, managerOf(caller), params.id)
  const found = managed instanceof Refusal ? managed : await find()
  if (found instanceof Refusal) sendRefusal(response, found)
  else response.json(found)
}

async function oneGrant({ context, params }: Pick<Call<typeof ofAddress>, 'context' | 'params'>) {
  const email = normalEmail(params.email)
  const grant = (await statedGrants(context, params.id)).find((each) => each.email === email)
  return grant ? responses.sentGrant(grant) : new Refusal('grant_not_found')
}
