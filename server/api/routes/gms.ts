import type { RequestHandler } from 'express'
import { z } from 'zod'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import { authorizeCaller } from '../authorize-caller.js'
import type { LimitsCalls } from '../call-limiter.js'
import type { Described } from '../route.js'
import { userInfo } from '../schemas/user-info.js'

/** The public description of the route. It stands apart from the others: `group` may be repeated. */
export const gmsRoute: Described = {
  method: 'get',
  path: '/gms',
  access: { anywhere: true },
  summary: 'List the caller’s groups (IVOA Group Membership Service 1.0)',
  query: z.object({
    group: z.array(z.string()).optional().describe('Only these of the caller’s groups; may be repeated'),
  }),
  responses: {
    200: {
      description: 'Names of groups, sorted, each with CRLF after it',
      type: 'text/plain',
      headers: {
        Expires: { description: 'Until when the client itself may cache the response' },
        'Cache-Control': { description: '`private`: no cache that several users share may keep it' },
        Vary: { description: 'The headers with credentials' },
      },
    },
  },
}

/** How long a client may cache the response. */
const FRESH_FOR = 5 * MINUTE

/**
 * `GET /auth/gms?group=…`: IVOA Group Membership Service 1.0. The requested groups of the
 * caller's, or all; one a line.
 */
export function groupMembership(context: Context & RecordsUsage & LimitsCalls): RequestHandler {
  return async (request, response) => {
    const caller = await authorizeCaller(context, request, response, { anywhere: true })
    if (!caller?.token) return
    context.usage.record(caller.token, context.clock(), request.ip, request.headers['user-agent'])
    const { groups } = await userInfo(context, caller.token)
    const requested = [request.query.group ?? []].flat().map(String)
    const names = groups.map(({ name }) => name).filter((name) => requested.length === 0 || requested.includes(name))
    // Attack: a cache that several users share gives the groups of one to another; RFC 9111 §3.5 spares `Authorization` only.
    response.set({ 'Cache-Control': `private, max-age=${FRESH_FOR}`, Vary: 'Authorization, Cookie' })
    response.set('Expires', new Date((context.clock() + FRESH_FOR) * 1000).toUTCString())
    response.type('text/plain').send(
      names
        .sort()
        .map((name) => `${name}\r\n`)
        .join(''),
    )
  }
}
