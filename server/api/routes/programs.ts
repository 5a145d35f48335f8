import { z } from 'zod'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { accessTo } from '../../programs/access.js'
import { programsOf } from '../../programs/list.js'
import { type BadRow, InvalidRows, loadPrograms, putProgram } from '../../programs/load.js'
import { dropProgram, findManaged } from '../../programs/manage.js'
import { parseProgramInput, programFactsInput, programId, programInput } from '../../programs/schema.js'
import { managerOf } from '../authorize-caller.js'
import { sendDetails, sendRefusal } from '../error-body.js'
import { NDJSON, readRows } from '../ndjson.js'
import { noSuchProgram, programsLoading } from '../openapi/error-responses.js'
import { type Call, route } from '../route.js'
import * as responses from '../schemas/program-responses.js'

const ofProgram = z.object({ id: programId })

/** The most programs in one request. */
const MAX_PROGRAMS_PER_REQUEST = 1_000

/** Routes for loading programs, and for the caller's access to them. */
export const programRoutes = [
  route({
    method: 'put',
    path: '/programs',
    access: { programs: 'administrator', bootstrap: true },
    act: 'program.access',
    summary: 'Load programs, one a line, all or none. Programs missing from the body are kept',
    lines: programInput,
    responses: {
      200: { description: 'Counts of created, changed and unchanged programs', body: responses.loadResponse },
      409: programsLoading,
    },
    handle: load,
  }),
  route({
    method: 'get',
    path: '/programs',
    access: {},
    summary: 'List the caller’s programs, as investigator or by a grant',
    query: z.object({ visible_to: z.literal('me') }),
    responses: { 200: { description: 'The programs, by identifier', body: z.array(responses.ownProgramResponse) } },
    async handle({ context, caller, response }) {
      response.json((await programsOf(context, caller)).map(responses.sentOwnProgram))
    },
  }),
  route({
    method: 'post',
    path: '/programs/access',
    judgesTexts: true,
    access: { readOnly: true, anywhere: true },
    summary: 'Get the caller’s access to the data of many programs',
    body: z.object({ programs: z.array(z.string().max(64)).max(MAX_PROGRAMS_PER_REQUEST) }),
    responses: {
      200: {
        description: 'The access to each, in the order of the request; unknown programs are exclusive',
        body: z.array(responses.programAccessResponse),
      },
    },
    async handle({ context, caller, body, response }) {
      response.json(await accessTo(context, caller, body.programs))
    },
  }),
  route({
    method: 'get',
    path: '/programs/:id',
    access: { programs: 'investigator' },
    summary: 'Get a program',
    params: ofProgram,
    responses: { 200: { description: 'The program', body: responses.programResponse }, 404: noSuchProgram },
    async handle({ context, caller, params, response }) {
      const managed = await findManaged(context, managerOf(caller), params.id)
      if (managed instanceof Refusal) sendRefusal(response, managed)
      else response.json(responses.sentProgram(managed.program))
    },
  }),
  route({
    method: 'put',
    path: '/programs/:id',
    access: { programs: 'administrator', bootstrap: true },
    act: 'program.access',
    summary: 'Create or replace a program. Existing grants are kept',
    params: ofProgram,
    body: programFactsInput,
    responses: {
      200: { description: 'Counts of created, changed and unchanged programs', body: responses.loadResponse },
      409: programsLoading,
    },
    async handle({ context, caller, params, body, response }) {
      const loaded = await putProgram(context, parseProgramInput(params.id, body), caller.actor)
      if (loaded instanceof Refusal) return sendRefusal(response, loaded)
      const { created, changed, unchanged } = loaded
      response.json({ created: created.length, changed: changed.length, unchanged })
    },
  }),
  route({
    method: 'delete',
    path: '/programs/:id',
    access: { programs: 'administrator', bootstrap: true },
    act: 'program.access',
    summary: 'Delete a program with all its grants',
    params: ofProgram,
    responses: { 204: { description: 'Deleted' }, 404: noSuchProgram, 409: programsLoading },
    async handle({ context, caller, params, response }) {
      const refusal = await dropProgram(context, params.id, caller.actor)
      if (refusal) sendRefusal(response, refusal)
      else response.status(204).end()
    },
  }),
]

async function load({ context, caller, request, response }: Call): Promise<void> {
  if (!request.is(NDJSON)) {
    const detail = { loc: ['header', 'content-type'], msg: `Input should be ${NDJSON}`, type: 'value_error' }
    return sendDetails(response, 422, [detail])
  }
  const loaded = await loadPrograms(context, readRows(request, context.settings.limits.bulkBytes), caller.actor)
  if (loaded instanceof Refusal) return sendRefusal(response, loaded)
  if (loaded instanceof InvalidRows) {
    noteForAudit(response, { action: 'program.load', code: 'invalid_parameter', details: loaded.facts })
    return sendDetails(response, 422, loaded.mistakes.map(badRow))
  }
  const { created, changed, unchanged } = loaded
  response.json({ created: created.length, changed: changed.length, unchanged })
}

function badRow({ line, field, message }: BadRow) {
  const parts = field === '' ? [] : field.split('.')
  const msg = `Line ${line}${field === '' ? '' : `, ${field}`}: ${message}`
  return { loc: ['body', line, ...parts], msg, type: 'value_error' }
}
