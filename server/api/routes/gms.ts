import type { RequestHandler } from 'express'
import { z } from 'zod'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import { authorizeCaller } from '../authorize-caller.js'
import type { Described } from '../route.js'
import { userInfo } from '../schemas/user-info.js'

/** What is known of the route from outside. It stands apart from the others: a group may be named several times. */
export const gmsRoute: Described = {
  method: 'get',
  path: '/gms',
  access: {},
  summary: 'The groups of whoever calls (IVOA Group Membership Service 1.0)',
  query: z.object({
    group: z.array(z.string()).optional().describe('Only these, of those that the caller is in; may be repeated'),
  }),
  responses: {
    200: {
      description: 'Names of groups, sorted, each with CRLF after it',
      type: 'text/plain',
      headers: { Expires: { description: 'Until when a client may keep the answer' } },
    },
  },
}

/** How long a client may keep the answer. */
const FRESH_FOR = 5 * MINUTE

/**
 * `GET /auth/gms?group=…`: IVOA Group Membership Service 1.0. The caller's groups, those of them that are asked about, or
 * all; one a line.
 */
export function groupMembership(context: Context & RecordsUsage): RequestHandler {
  return async (request, response) => {
    const caller = await authorizeCaller(context, request, response, {})
    if (!caller?.token) return
    context.usage.record(caller.token, context.clock(), request.ip, request.headers['user-agent'])
    const { groups } = await userInfo(context, caller.token)
    const asked = [request.query.group ?? []].flat().map(String)
    const names = groups.map(({ name }) => name).filter((name) => asked.length === 0 || asked.includes(name))
    response.set('Expires', new Date((context.clock() + FRESH_FOR) * 1000).toUTCString())
    response.type('text/plain').send(
      names
        .sort()
        .map((name) => `${name}\r\n`)
        .join(''),
    )
  }
}
