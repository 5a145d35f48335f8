import type { Request, Response } from 'express'
import { z } from 'zod'
import { isUsername } from '../core/names.js'
import { isNetwork } from '../core/network.js'
import { ADMIN_TOKEN } from '../core/scope.js'
import type { TokenKey } from '../core/token.js'
import { CURSOR, formatCursor, readCursor } from '../stores/change-cursor.js'
import { type ChangeCursor, type ChangeFilter, countChanges, searchChanges } from '../stores/change-search.js'
import type { Context } from '../stores/context.js'
import { mayActOn } from './caller.js'
import { changeEntry } from './change-entry.js'
import { sendDetails, sendRefusal } from './detail.js'
import { route } from './route.js'
import { instant, tokenKey, username } from './schemas.js'

/** Instants that both PostgreSQL and JavaScript know. */
const bounded = instant.pipe(z.number().min(0).max(253_402_300_799))

const filters = {
  cursor: z.string().regex(CURSOR, "String should match pattern '^p?[0-9]+_[0-9]+$'").optional(),
  limit: z.coerce.number().int().min(1).optional(),
  since: bounded.optional(),
  until: bounded.optional(),
  key: tokenKey.optional(),
  token_type: z.enum(['session', 'user', 'notebook', 'internal', 'service', 'oidc']).optional(),
  ip_address: z.string().optional(),
}

const ownFilters = z.object(filters)
const allFilters = z.object({
  ...filters,
  username: username.optional(),
  actor: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => isUsername(text) || /^<[a-z]+>$/.test(text), 'Value should be a user name or <internal>')
    .optional(),
})

type Filters = z.infer<typeof allFilters>

/** The change history: a user's, and everybody's. */
export const historyRoutes = [
  route({
    method: 'get',
    path: '/users/:username/token-change-history',
    access: {},
    params: z.object({ username }),
    query: ownFilters,
    async handle({ context, caller, params, query, request, response }) {
      const refusal = mayActOn(caller, params.username)
      if (refusal) return sendRefusal(response, refusal)
      await sendHistory(context, request, response, { ...query, username: params.username })
    },
  }),
  route({
    method: 'get',
    path: '/history/token-changes',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    query: allFilters,
    handle: ({ context, query, request, response }) => sendHistory(context, request, response, query),
  }),
]

async function sendHistory(context: Context, request: Request, response: Response, query: Filters): Promise<void> {
  const { ip_address: address } = query
  if (address !== undefined && !isNetwork(address)) {
    const detail = { loc: ['query', 'ip_address'], msg: `Invalid IP address: ${address}`, type: 'invalid_ip_address' }
    return sendDetails(response, 422, [detail])
  }
  const { postgres } = context
  const filter = filterOf(query)
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor)
  const { limit } = query
  const page = await searchChanges(postgres, filter, {
    ...(cursor && { cursor }),
    ...(limit !== undefined && { limit }),
  })
  if (limit !== undefined) {
    const here = new URL(request.originalUrl, context.settings.baseUrl)
    const links = [
      link(here, 'first'),
      page.next && link(here, 'next', page.next),
      page.previous && link(here, 'prev', page.previous),
    ]
    response.set('Link', links.filter((each) => each !== undefined).join(', '))
    response.set('X-Total-Count', String(await countChanges(postgres, filter)))
  }
  response.json(page.changes.map(changeEntry))
}

function filterOf({
  username: name,
  actor,
  key,
  token_type: tokenType,
  ip_address: address,
  since,
  until,
}: Filters): ChangeFilter {
  return {
    ...(name !== undefined && { username: name }),
    ...(actor !== undefined && { actor }),
    ...(key !== undefined && { key: key as TokenKey }),
    ...(tokenType !== undefined && { tokenType }),
    ...(address !== undefined && { address }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** One link (RFC 8288), with the other parameters as they came. */
function link(here: URL, rel: 'first' | 'next' | 'prev', cursor?: ChangeCursor): string {
  const there = new URL(here)
  there.searchParams.delete('cursor')
  if (cursor) there.searchParams.set('cursor', formatCursor(cursor))
  return `<${there.href}>; rel="${rel}"`
}
