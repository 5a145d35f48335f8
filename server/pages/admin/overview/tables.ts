import type { Table } from '../../../core/tables/csv.js'
import { isoTime } from '../../../core/time.js'
import type { OverviewData } from './data.js'

/** The tables of the overview, by the `what` of their address. */
const TABLES = {
  checks: ({ checks }) => ({
    columns: ['hour', 'admitted', 'no_credential', 'refused'],
    rows: checks.map((each) => [isoTime(each.hour), each.admitted, each.unauthenticated, each.refused]),
  }),
  refusals: ({ refusals }) => ({
    columns: ['reason', 'count'],
    rows: refusals.map(({ reason, count }) => [reason, count]),
  }),
  ending: ({ ending }) => ({
    columns: ['day', 'tokens'],
    rows: ending.map(({ day, tokens }) => [isoTime(day).slice(0, 10), tokens]),
  }),
  services: ({ services, hours }) => ({
    columns: ['service', 'hour', 'checks'],
    rows: services.flatMap(({ service, counts }) =>
      counts.map((count, index) => [service, isoTime(hours[index] ?? 0), count]),
    ),
  }),
  numbers: ({ numbers, stores }) => ({
    columns: ['name', 'value'],
    rows: [...Object.entries(numbers), ...Object.entries(stores)],
  }),
} as const satisfies Record<string, (data: OverviewData) => Table>

/** Names a table of the overview. */
export type TableName = keyof typeof TABLES

export function isTableName(text: unknown): text is TableName {
  return typeof text === 'string' && Object.hasOwn(TABLES, text)
}

/** Returns the numbers of a picture as a table. */
export function overviewTable(what: TableName, data: OverviewData): Table {
  return TABLES[what](data)
}
