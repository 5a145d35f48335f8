import type { AuditSettings } from '../../settings/audit.js'
import { readPlace, withSink, writePlace } from '../../storage/audit/extend-chain.js'
import { searchAudit } from '../../storage/audit/search.js'
import type { Context } from '../../storage/context.js'
import { sendToSyslog } from './syslog.js'

const EVENTS_PER_BATCH = 500
const TIMEOUT_MS = 10_000
const NDJSON = 'application/x-ndjson'

/**
 * Sends chained events to the site's sink, from where it stopped. A place in the table says how far it is, so that an outage
 * of the sink loses no event; after a failure in between, an event may come twice, with the same `event.id`.
 *
 * @returns the number of events that were sent
 */
export async function sendToSink({ postgres, settings }: Pick<Context, 'postgres' | 'settings'>): Promise<number> {
  const { sink } = settings.audit
  if (!sink) return 0
  for (let total = 0; ; ) {
    const sent = await withSink(postgres.pool, async (client) => {
      const cursor = (await readPlace(client, 'sink'))?.position ?? 0
      const links = await searchAudit(postgres, { cursor }, EVENTS_PER_BATCH)
      const last = links.at(-1)
      if (!last) return 0
      await send(
        sink,
        settings.audit,
        links.map(({ event }) => event),
      )
      await writePlace(client, 'sink', last)
      return links.length
    })
    total += sent ?? 0
    if (sent !== EVENTS_PER_BATCH) return total
  }
}

async function send(sink: URL, { sinkToken }: AuditSettings, events: readonly string[]): Promise<void> {
  if (sink.protocol.startsWith('syslog')) return sendToSyslog(sink, events)
  const response = await fetch(sink, {
    method: 'POST',
    headers: { 'Content-Type': NDJSON, ...(sinkToken && { Authorization: `Bearer ${sinkToken.reveal()}` }) },
    body: events.map((event) => `${event}\n`).join(''),
    // Attack: a redirect would send the events and the token elsewhere.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`The audit sink answered ${response.status}`)
}
