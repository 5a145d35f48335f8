import type { Response } from 'express'
import { csvOf, objectsOf, type Table } from '../../core/tables/csv.js'
import { isoTime } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'

/** What a download has at most; older changes are in the API, page by page. */
export const MAX_DOWNLOADED = 10_000

/** Sends changes as a file: CSV for spreadsheets, JSON for programs. */
export function sendHistory(response: Response, changes: readonly TokenHistoryEntry[], format: 'csv' | 'json'): void {
  const table = historyTable(changes)
  response.set('Cache-Control', 'no-store').attachment(`history.${format}`)
  if (format === 'csv') response.type('text/csv').send(csvOf(table))
  else response.json(objectsOf(table))
}

function historyTable(changes: readonly TokenHistoryEntry[]): Table {
  return {
    columns: [
      'time',
      'username',
      'action',
      'type',
      'key',
      'name',
      'scopes',
      'expires',
      'actor',
      'address',
      'act',
      'reason',
    ],
    rows: changes.map((change) => [
      isoTime(change.at),
      change.username,
      change.action,
      change.tokenType,
      change.token,
      change.tokenName ?? '',
      change.scopes.join(' '),
      change.expires === undefined ? '' : isoTime(change.expires),
      change.actor,
      change.address ?? '',
      change.act ?? '',
      change.reason ?? '',
    ]),
  }
}
