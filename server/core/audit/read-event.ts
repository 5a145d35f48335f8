import type { ExportedEvent } from './clean.js'
import { textIn } from './terms.js'

/** What a reader sees of an event in a list. */
export interface EventSummary {
  readonly action: string
  /** The code of a refusal; absent: the act was done. */
  readonly code?: string
  /** Absent where the caller is unknown. */
  readonly actor?: string
  readonly object?: { readonly type: string; readonly id: string }
  readonly owner?: string
  readonly address?: string
  readonly requestId?: string
  readonly act?: string
  readonly reason?: string
}

const PATHS = {
  code: ['event', 'reason'],
  actor: ['user', 'name'],
  owner: ['user', 'target', 'name'],
  address: ['source', 'ip'],
  requestId: ['http', 'request', 'id'],
  act: ['postern', 'act'],
  reason: ['postern', 'reason'],
} as const

/** Returns an event from its canonical JSON. One that was edited by hand may be no JSON: it has no fields. */
export function readEvent(text: string): ExportedEvent {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as ExportedEvent) : {}
  } catch {
    return {}
  }
}

/** Returns what a list shows of an event. */
export function summaryOf(event: ExportedEvent): EventSummary {
  const given = Object.entries(PATHS).flatMap(([name, path]) => {
    const value = textIn(event, path)
    return value === undefined ? [] : [[name, value] as const]
  })
  const [type, id] = [textIn(event, ['postern', 'object', 'type']), textIn(event, ['postern', 'object', 'id'])]
  return {
    action: textIn(event, ['event', 'action']) ?? '',
    ...Object.fromEntries(given),
    ...(type !== undefined && id !== undefined && { object: { type, id } }),
  }
}
