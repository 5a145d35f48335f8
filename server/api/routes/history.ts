import type { Request, Response } from 'express'
import { z } from 'zod'
import { isNetwork, NETWORK } from '../../core/access/ip-network.js'
import { isUsername, USERNAME_PATTERN } from '../../core/people/identifiers.js'
import { ownUrl } from '../../core/site/base-path.js'
import { TOKEN_TYPES } from '../../core/token/record.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import type { Context } from '../../storage/context.js'
import {
  CURSOR,
  countHistory,
  type HistoryFilter,
  readCursor,
  searchHistory,
} from '../../storage/postgres/token-history-search.js'
import { sendDetails } from '../error-body.js'
import { pageLink } from '../page-links.js'
import { route } from '../route.js'
import { changeEntry } from '../schemas/history-entry.js'
import { queryInstant, queryInteger } from '../schemas/query.js'
import { matching, tokenKey, username } from '../schemas/requests.js'
import { changeEntry as changeAnswer, type ResponseDescription } from '../schemas/responses.js'

const filters = {
  cursor: z
    .string()
    .regex(CURSOR, "String should match pattern '^p?[0-9]+_[0-9]+$'")
    .optional()
    .describe('The beginning of a page: from a Link'),
  limit: queryInteger(1).optional().describe('Entries on a page, at most the site’s `historyPage`'),
  since: queryInstant.optional(),
  until: queryInstant.optional(),
  key: tokenKey.optional(),
  token_type: z.enum(TOKEN_TYPES).optional(),
  ip_address: z
    .string()
    .meta({ pattern: NETWORK })
    .optional()
    .describe('An address, or a network such as 192.0.2.0/24'),
}

/** A user, or a part of Postern such as `<internal>`. */
const ACTOR = `${USERNAME_PATTERN}|^<[a-z]+>$`

const ownFilters = z.object(filters)
const allFilters = z.object({
  ...filters,
  username: username.optional(),
  actor: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => isUsername(text) || /^<[a-z]+>$/.test(text), matching(ACTOR))
    .meta({ pattern: ACTOR })
    .optional(),
})

type Filters = z.infer<typeof allFilters>

const page: ResponseDescription = {
  description: 'The entries, newest first',
  body: z.array(changeAnswer),
  headers: {
    Link: {
      description: 'The first, next and previous pages (RFC 8288), when limit was given or there are more',
      optional: true,
    },
    'X-Total-Count': {
      description: 'The number of entries on all pages, when limit was given or there are more',
      optional: true,
    },
  },
}

/** Routes for the change history: a user's, and all users'. */
export const historyRoutes = [
  route({
    method: 'get',
    path: '/users/:username/token-change-history',
    access: { owner: 'self or administrator' },
    summary: 'List a user’s token changes',
    params: z.object({ username }),
    query: ownFilters,
    responses: { 200: page },
    async handle({ context, params, query, request, response }) {
      await sendHistory(context, request, response, { ...query, username: params.username })
    },
  }),
  route({
    method: 'get',
    path: '/history/token-changes',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    summary: 'List all token changes',
    query: allFilters,
    responses: { 200: page },
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
  const { historyPage } = context.settings.limits
  const limit = Math.min(query.limit ?? historyPage, historyPage)
  const page = await searchHistory(postgres, filter, { ...(cursor && { cursor }), limit })
  // Gafaelfawr sends them only with a limit; where it would send all entries and we do not, a client needs them.
  if (query.limit !== undefined || query.cursor !== undefined || page.next) {
    const here = ownUrl(context.settings.baseUrl, request.originalUrl)
    const links = [
      pageLink(here, 'first'),
      page.next && pageLink(here, 'next', page.next),
      page.previous && pageLink(here, 'prev', page.previous),
    ]
    response.set('Link', links.filter((each) => each !== undefined).join(', '))
    response.set('X-Total-Count', String(await countHistory(postgres, filter)))
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
}: Filters): HistoryFilter {
  return {
    ...(name !== undefined && { username: name }),
    ...(actor !== undefined && { actor }),
    ...(key !== undefined && { key }),
    ...(tokenType !== undefined && { tokenType }),
    ...(address !== undefined && { address }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}
