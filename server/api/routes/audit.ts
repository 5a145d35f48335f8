import { z } from 'zod'
import type { ExportedEvent } from '../../core/audit/clean.js'
import { ownUrl } from '../../core/site/base-path.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { type AuditSearch, searchAudit } from '../../storage/audit/search.js'
import { NDJSON } from '../ndjson.js'
import { route } from '../route.js'
import { auditAction, auditEvent } from '../schemas/audit.js'
import { queryInstant, queryInteger } from '../schemas/query.js'

const query = z.object({
  cursor: queryInteger(0)
    .default(0)
    .describe('The position after which the page begins: of the last event that the caller has'),
  limit: queryInteger(1).optional().describe('Entries on a page, at most the site’s `historyPage`'),
  since: queryInstant.optional(),
  until: queryInstant.optional(),
  action: auditAction.optional(),
})

/** The route for the audit trail. */
export const auditRoutes = [
  route({
    method: 'get',
    path: '/audit',
    access: { scope: ADMIN_TOKEN, bootstrap: true },
    summary: 'Export the audit trail, oldest first; as JSON lines with Accept: application/x-ndjson',
    query,
    responses: {
      200: {
        description: 'The events that are chained, oldest first',
        body: z.array(auditEvent),
        line: auditEvent,
        headers: { Link: { description: 'The next page (RFC 8288), when there are more', optional: true } },
      },
    },
    async handle({ context, query: { limit, ...search }, request, response }) {
      const { historyPage } = context.settings.limits
      const size = Math.min(limit ?? historyPage, historyPage)
      const links = await searchAudit(context.postgres, search as AuditSearch, size + 1)
      const page = links.slice(0, size)
      const last = page.at(-1)
      if (last && links.length > size) {
        const next = ownUrl(context.settings.baseUrl, request.originalUrl)
        next.searchParams.set('cursor', String(last.position))
        response.set('Link', `<${next.href}>; rel="next"`)
      }
      const events = page.map(({ position, hash, event }) =>
        placed(JSON.parse(event) as ExportedEvent, { position, hash }),
      )
      if (request.accepts(['application/json', NDJSON]) !== NDJSON) return void response.json(events)
      response.type(NDJSON).send(events.map((each) => `${JSON.stringify(each)}\n`).join(''))
    },
  }),
]

function placed(event: ExportedEvent, chain: { readonly position: number; readonly hash: string }): ExportedEvent {
  return { ...event, postern: { ...(event.postern as ExportedEvent | undefined), chain } }
}
