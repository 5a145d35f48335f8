import type { Response } from 'express'
import { readEvent, summaryOf } from '../../../core/audit/read-event.js'
import { csvOf, type Table } from '../../../core/tables/csv.js'
import { isoTime } from '../../../core/time.js'
import type { FoundEvent } from '../../../storage/audit/find-events.js'
import { fromDate } from '../../../storage/postgres/client.js'

/** Sends events as a file: CSV with the fields that are searched, or JSON with every field, as the API has them. */
export function sendEvents(response: Response, events: readonly FoundEvent[], format: 'csv' | 'json'): void {
  response.set('Cache-Control', 'no-store').attachment(`audit.${format}`)
  if (format === 'csv') response.type('text/csv').send(csvOf(tableOf(events)))
  else response.json(events.map(placed))
}

function tableOf(events: readonly FoundEvent[]): Table {
  return {
    columns: [
      ...['time', 'action', 'refused', 'actor', 'object_type', 'object', 'owner', 'address'],
      ...['request', 'act', 'reason', 'position', 'id'],
    ],
    rows: events.map(({ at, eventId, event, link }) => {
      const { action, code = '', actor = '', object, owner = '', address = '', ...more } = summaryOf(readEvent(event))
      return [
        ...[isoTime(fromDate(at)), action, code, actor, object?.type ?? '', object?.id ?? '', owner, address],
        ...[more.requestId ?? '', more.act ?? '', more.reason ?? '', link?.position ?? '', eventId],
      ]
    }),
  }
}

function placed({ event, link }: FoundEvent) {
  const { postern, ...rest } = readEvent(event)
  return { ...rest, postern: { ...(typeof postern === 'object' && postern), ...(link && { chain: link }) } }
}
