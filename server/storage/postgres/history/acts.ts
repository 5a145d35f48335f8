import sql, { raw, type Sql } from 'sql-template-tag'
import type { SeveralChanges, ToldChange } from '../../../core/token/history.js'
import type { Postgres } from '../client.js'
import {
  type AroundPage,
  conditionsOf,
  cutPage,
  fromCursor,
  type HistoryFilter,
  type HistoryPlace,
  orderOf,
  searchHistory,
  whereOf,
} from '../token-history-search.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './change-row.js'

/** The changes of an act that an entry lists. */
export const MOST_LISTED = 10
/** A larger act is counted so far, so that the page of one of a million tokens costs no more. */
const MOST_COUNTED = 100_000

export interface ToldPage extends AroundPage {
  readonly entries: readonly ToldChange[]
}

/** The changes of one act and one action that match a search. */
interface Group {
  readonly act: string
  readonly action: ChangeRow['action']
  /** The number of the newest of them: in its place stands the entry. */
  readonly newest: string
  /** One more than {@link MOST_COUNTED} at most. */
  readonly count: number
  readonly users: number
  readonly sessions: number
}

/**
 * Returns a page of the history in which an act on many tokens is one entry, in the place of its newest change. An entry is the
 * same on every page and counts what matches the filter: an act that goes on beyond the border of a page is in one place alone.
 * Of a filter for one act each change is an entry.
 */
export async function searchActs(
  postgres: Pick<Postgres, 'pool'>,
  filter: HistoryFilter,
  place: HistoryPlace,
): Promise<ToldPage> {
  const { cursor, limit } = place
  if (filter.act !== undefined) {
    const { changes, ...around } = await searchHistory(postgres, filter, place)
    return { entries: changes.map((change) => ({ change })), ...around }
  }
  const conditions = conditionsOf(filter)
  const groups = new Map<string, Group>()
  const found: ChangeRow[] = []
  let beyond: Sql[] = cursor ? [fromCursor(cursor)] : []
  for (;;) {
    const where = whereOf([...conditions, ...beyond, ...withoutRest([...groups.values()])])
    const { rows } = await postgres.pool.query<ChangeRow>(
      sql`SELECT ${raw(CHANGE_COLUMNS)} FROM token_change ${where} ${orderOf(cursor)} LIMIT ${limit + 1}`,
    )
    const unknown = rows.filter(({ act, action }) => act !== null && !groups.has(`${act} ${action}`))
    for (const group of await groupsOf(postgres, unknown, conditions)) groups.set(`${group.act} ${group.action}`, group)
    found.push(...rows.filter((row) => row.act === null || groupIn(groups, row)?.newest === String(row.id)))
    const last = rows.at(-1)
    if (last === undefined || rows.length <= limit || found.length > limit) break
    beyond = [cursor?.backwards ? sql`(at, id) > (${last.at}, ${last.id})` : sql`(at, id) < (${last.at}, ${last.id})`]
  }
  const { shown, ...around } = cutPage(found, place)
  const several = shown.flatMap((row) => groupIn(groups, row) ?? []).filter(({ count }) => count > 1)
  const listed = await listedOf(postgres, several, conditions)
  return {
    ...around,
    entries: shown.map((row) => {
      const group = several.find((each) => each.act === row.act && each.action === row.action)
      return { change: toChange(row), ...(group && { several: toSeveral(group, listed) }) }
    }),
  }
}

function groupIn(groups: ReadonlyMap<string, Group>, { act, action }: ChangeRow): Group | undefined {
  return groups.get(`${act} ${action}`)
}

/** Passes over the changes of acts that are known, but for the newest of each, which is their entry. */
function withoutRest(groups: readonly Group[]): readonly Sql[] {
  if (groups.length === 0) return []
  const newest = groups.map((group) => group.newest)
  return [sql`(act IS NULL OR id = ANY(${newest}) OR (act, action) NOT IN (SELECT * FROM ${named(groups)}))`]
}

async function groupsOf(
  { pool }: Pick<Postgres, 'pool'>,
  rows: readonly ChangeRow[],
  conditions: readonly Sql[],
): Promise<readonly Group[]> {
  const acts = [...new Map(rows.map((row) => [`${row.act} ${row.action}`, row])).values()]
  if (acts.length === 0) return []
  const where = whereOf([...conditions, sql`act = g.act`, sql`action = g.action`])
  const { rows: groups } = await pool.query<Group>(
    sql`SELECT g.act, g.action, l.id AS newest, n.count, n.users, n.sessions
        FROM ${named(acts)} AS g(act, action)
        CROSS JOIN LATERAL (SELECT id FROM token_change ${where} ORDER BY at DESC, id DESC LIMIT 1) l
        CROSS JOIN LATERAL (
          SELECT count(*)::int AS count, count(DISTINCT username)::int AS users,
            (count(*) FILTER (WHERE token_type = 'session'))::int AS sessions
          FROM (SELECT username, token_type FROM token_change ${where} LIMIT ${MOST_COUNTED + 1}) c) n`,
  )
  return groups
}

/** The newest changes of each act, together. */
async function listedOf(
  { pool }: Pick<Postgres, 'pool'>,
  groups: readonly Group[],
  conditions: readonly Sql[],
): Promise<readonly ChangeRow[]> {
  if (groups.length === 0) return []
  const where = whereOf([...conditions, sql`act = g.act`, sql`action = g.action`])
  const { rows } = await pool.query<ChangeRow>(
    sql`SELECT c.* FROM ${named(groups)} AS g(act, action) CROSS JOIN LATERAL (
          SELECT ${raw(CHANGE_COLUMNS)} FROM token_change ${where} ORDER BY at DESC, id DESC LIMIT ${MOST_LISTED}) c`,
  )
  return rows
}

function named(acts: readonly Pick<ChangeRow, 'act' | 'action'>[]): Sql {
  const [ids, actions] = [acts.map(({ act }) => act), acts.map(({ action }) => action)]
  return sql`unnest(${ids}::text[], ${actions}::change_action[])`
}

function toSeveral({ act, action, count, users, sessions }: Group, listed: readonly ChangeRow[]): SeveralChanges {
  const hasMore = count > MOST_COUNTED
  return {
    count: hasMore ? MOST_COUNTED : count,
    hasMore,
    users,
    what: sessions === 0 ? 'tokens' : sessions === count ? 'sessions' : 'both',
    listed: listed.filter((row) => row.act === act && row.action === action).map(toChange),
  }
}
