import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { accessTo } from '../../programs/access.js'
import { programsOf } from '../../programs/list.js'
import { type BadRow, loadPrograms, putProgram } from '../../programs/load.js'
import { dropProgram, findManaged } from '../../programs/manage.js'
import { parseProgramInput, programFactsInput, programId, programInput } from '../../programs/schema.js'
import { managerOf } from '../authorize-caller.js'
import { sendDetails, sendRefusal } from '../error-body.js'
import { NDJSON, readRows } from '../ndjson.js'
import { noSuchProgram, programsLoading } from '../openapi/error-responses.js'
import { type Call, route } from '../route.js'
import * as answers from '../schemas/program-responses.js'

const ofProgram = z.object({ id: programId })

/** How many programs one question may be about. */
const MAX_PROGRAMS_PER_REQUEST = 1_000

/** Programs: loading them, and what the caller may read. */
export const programRoutes = [
  route({
    method: 'put',
    path: '/programs',
    access: { programs: 'administrator', bootstrap: true },
    summary: 'Load programs, one a line: all are put in place, or none. Programs that are not told of stay as they are',
    lines: programInput,
    responses: { 200: { description: 'What the load came to', body: answers.loadResponse }, 409: programsLoading },
    handle: load,
  }),
  route({
    method: 'get',
    path: '/programs',
    access: {},
    summary: 'List the programs that the caller belongs to or was let into',
    query: z.object({ visible_to: z.literal('me') }),
    responses: { 200: { description: 'The programs, by identifier', body: z.array(answers.ownProgramResponse) } },
    async handle({ context, caller, response }) {
      response.json((await programsOf(context, caller)).map(answers.sentOwnProgram))
    },
  }),
  route({
    method: 'post',
    path: '/programs/access',
    access: {},
    summary: 'Ask of many programs at once whether the caller may read their data now',
    body: z.object({ programs: z.array(z.string().max(64)).max(MAX_PROGRAMS_PER_REQUEST) }),
    responses: {
      200: {
        description: 'An answer for each, in the order in which they were asked; what is unknown is exclusive',
        body: z.array(answers.programAccessResponse),
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
    summary: 'Read one program',
    params: ofProgram,
    responses: { 200: { description: 'The program', body: answers.programResponse }, 404: noSuchProgram },
    async handle({ context, caller, params, response }) {
      const managed = await findManaged(context, managerOf(caller), params.id)
      if (managed instanceof Refusal) sendRefusal(response, managed)
      else response.json(answers.sentProgram(managed.program))
    },
  }),
  route({
    method: 'put',
    path: '/programs/:id',
    access: { programs: 'administrator', bootstrap: true },
    summary: 'Put one program in place. Whom its investigators let in stays as it is',
    params: ofProgram,
    body: programFactsInput,
    responses: { 200: { description: 'What it came to', body: answers.loadResponse }, 409: programsLoading },
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
    summary: 'Take a program away, with everybody’s access to it',
    params: ofProgram,
    responses: { 204: { description: 'It is gone' }, 404: noSuchProgram, 409: programsLoading },
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
  const loaded = await loadPrograms(context, readRows(request), caller.actor)
  if (loaded instanceof Refusal) return sendRefusal(response, loaded)
  if ('created' in loaded) {
    const { created, changed, unchanged } = loaded
    return void response.json({ created: created.length, changed: changed.length, unchanged })
  }
  sendDetails(response, 422, loaded.map(badRow))
}

function badRow({ line, field, message }: BadRow) {
  const parts = field === '' ? [] : field.split('.')
  const msg = `Line ${line}${field === '' ? '' : `, ${field}`}: ${message}`
  return { loc: ['body', line, ...parts], msg, type: 'value_error' }
}
