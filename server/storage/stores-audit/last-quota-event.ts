import type { Postgres } from '../postgres/client.js'

/** Rows to a statement: of millions of events few are of quotas. */
const ROWS_PER_STEP = 50_000

interface Recorded {
  readonly event?: { readonly outcome?: string }
  readonly postern?: { readonly after?: unknown }
}

/** Finds the quota overrides of the last audit event of a change: null after a deletion, undefined without an event. */
export async function lastRecordedQuotas({ pool }: Pick<Postgres, 'pool'>): Promise<unknown> {
  const { rows: bounds } = await pool.query<{ first: string | null; last: string | null }>(
    'SELECT min(id) AS first, max(id) AS last FROM audit_event',
  )
  const first = Number(bounds[0]?.first ?? 0)
  for (let to = Number(bounds[0]?.last ?? 0); to >= first && to > 0; to -= ROWS_PER_STEP) {
    const { rows } = await pool.query<{ action: string; event: string }>(
      `SELECT action, event FROM audit_event WHERE id > $1 AND id <= $2 AND action IN ('quota.replace', 'quota.delete')
       ORDER BY id DESC`,
      [to - ROWS_PER_STEP, to],
    )
    const changes = rows.map(({ action, event }) => ({ action, recorded: read(event) }))
    const last = changes.find(({ recorded }) => recorded.event?.outcome === 'success')
    if (last?.action === 'quota.delete') return null
    if (last) return last.recorded.postern?.after ?? {}
  }
  return undefined
}

/** An event that was edited by hand may be no JSON; the chain tells of it. */
function read(event: string): Recorded {
  try {
    return JSON.parse(event) as Recorded
  } catch {
    return {}
  }
}
