import type { RequestHandler } from 'express'
import { MINUTE } from '../core/time.js'
import type { Context } from '../stores/context.js'
import type { Uses } from '../tokens/uses.js'
import { callerOf } from './caller.js'
import { userInfo } from './user-info.js'

/** How long a client may keep the answer. */
const FRESH_FOR = 5 * MINUTE

/**
 * `GET /auth/gms?group=…`: IVOA Group Membership Service 1.0. The caller's groups, those of them that are asked about, or
 * all; one a line.
 */
export function groupMembership(context: Context, uses: Uses): RequestHandler {
  return async (request, response) => {
    const caller = await callerOf(context, request, response, {})
    if (!caller?.token) return
    uses.note(caller.token, context.clock(), request.ip, request.headers['user-agent'])
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
