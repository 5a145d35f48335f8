import { expect } from '@jest/globals'
import { eventually } from '../../../support/eventually.js'
import type { RunningPostern } from '../../../support/postern.js'

/** An audit event as it is exported. */
export interface ReadEvent {
  readonly event: { readonly id: string; readonly action: string; readonly outcome: string; readonly reason?: string }
  readonly user?: { readonly name?: string; readonly target?: { readonly name: string } }
  readonly source?: { readonly ip: string }
  readonly http?: { readonly request?: { readonly id?: string } }
  readonly postern: {
    readonly channel?: string
    readonly token?: string
    readonly session?: string
    readonly act?: string
    readonly object?: { readonly type: string; readonly id: string }
    readonly before?: Readonly<Record<string, unknown>>
    readonly after?: Readonly<Record<string, unknown>>
    readonly details?: Readonly<Record<string, unknown>>
  }
}

/** The events of the table, in the order in which they were written. */
export async function storedEvents({ context }: RunningPostern): Promise<ReadEvent[]> {
  await context.audit.flush(context.postgres)
  const { rows } = await context.postgres.pool.query<{ event: string }>('SELECT event FROM audit_event ORDER BY id')
  return rows.map(({ event }) => JSON.parse(event) as ReadEvent)
}

/** The events of the log. */
export function loggedEvents(postern: RunningPostern): ReadEvent[] {
  return postern
    .logged()
    .split('\n')
    .filter((line) => line.includes('"msg":"audit"'))
    .map((line) => JSON.parse(line) as ReadEvent)
}

/** What an act leaves behind: its events in the table, which must also be those in the log. */
export async function eventsLeft(postern: RunningPostern, act: () => Promise<unknown>): Promise<ReadEvent[]> {
  const before = (await storedEvents(postern)).length
  const inLog = loggedEvents(postern).length
  await act()
  const events = await eventually(async () => {
    const now = (await storedEvents(postern)).slice(before)
    return now.length > 0 && now
  })
  const ids = (list: readonly ReadEvent[]) => list.map(({ event }) => event.id).sort()
  expect(ids(loggedEvents(postern).slice(inLog))).toEqual(ids(events))
  return events
}
