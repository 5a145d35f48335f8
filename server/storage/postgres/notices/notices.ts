import { mailedKinds, type NoticeMailSettings } from '../../../core/notices/mail.js'
import { MOST_NOTICES, type Notice, type NoticeFacts, type NoticeKind } from '../../../core/notices/notice.js'
import { isUsername } from '../../../core/people/identifiers.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { NoticeModel, NoticeSumModel } from '../../generated/models.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'
import type { Found } from '../connection/look-ups.js'
import type { Statements } from '../connection/statements.js'

/** The column of a notice that is about no token. */
const NO_TOKEN = ''

/** A notice with the number by which its owner dismisses it. */
export interface StoredNotice extends Notice {
  readonly id: string
}

/** Adds notices of the kinds that the site has, in the transaction of their acts; of each user, sums up the oldest. */
export async function insertNotices(
  statements: Statements,
  settings: NoticeMailSettings,
  all: readonly Notice[],
): Promise<void> {
  const mailed = new Set(mailedKinds(settings))
  const notices = all
    .filter(({ kind }) => settings.notices[kind])
    // A colleague without an account sees no list.
    .filter(({ username, kind }) => isUsername(username) || mailed.has(kind))
  if (notices.length === 0) return
  await statements.run(INSERT, [
    notices.map(({ username }) => username),
    notices.map(({ kind }) => kind),
    notices.map(({ token = NO_TOKEN }) => token),
    notices.map(({ facts }) => JSON.stringify(facts)),
    notices.map(({ at }) => isoTime(at)),
    notices.map(({ kind }) => mailed.has(kind)),
  ])
  await sumUp(statements, [...new Set(notices.map(({ username }) => username))])
}

const INSERT = `INSERT INTO notice (username, kind, token, facts, at, mail_at)
  SELECT username, kind, token, facts::jsonb, at, CASE WHEN is_mailed THEN at END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[])
    WITH ORDINALITY AS n(username, kind, token, facts, at, is_mailed, place)
  ORDER BY place`

/**
 * Takes the oldest notices beyond those that are listed off the list, and counts them.
 *
 * Attack: a thief makes a thousand notices, so that the table grows and the first ones are lost in them.
 */
async function sumUp(statements: Statements, usernames: readonly string[]): Promise<void> {
  await statements.run(
    `WITH gone AS (
      UPDATE notice SET dismissed = now()
      WHERE dismissed IS NULL AND id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (PARTITION BY username ORDER BY id DESC) AS place
          FROM notice WHERE username = ANY($1::text[]) AND dismissed IS NULL) n
        WHERE place > $2)
      RETURNING username, at
    )
    INSERT INTO notice_sum AS s (username, count, since)
    -- In one order, so that no two transactions wait for each other.
    SELECT username, count(*), min(at) FROM gone GROUP BY username ORDER BY username
    ON CONFLICT (username) DO UPDATE SET count = s.count + excluded.count, since = least(s.since, excluded.since)`,
    [usernames, MOST_NOTICES],
  )
}

/** Finds which lost permissions the owners of tokens were told of, by the key of the token. */
export async function findToldLosses(
  db: Transaction,
  tokens: readonly TokenKey[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const kind: NoticeKind = 'permissionLost'
  const rows = await db.notice.findMany({ where: { token: { in: [...tokens] }, kind } })
  const told = new Map<string, Set<string>>()
  for (const { token, facts } of rows.map(toNotice)) {
    const known = told.get(token ?? '') ?? new Set<string>()
    for (const scope of facts.scopes ?? []) known.add(scope)
    told.set(token ?? '', known)
  }
  return told
}

/** The undismissed notices of a user. */
export interface NoticeList {
  /** Newest first. */
  readonly notices: readonly StoredNotice[]
  /** Older ones that are not listed. */
  readonly older?: { readonly count: number; readonly since: EpochSeconds }
}

/** Lists the undismissed notices of a user. */
export async function listNotices(postgres: Postgres, username: string): Promise<NoticeList> {
  const [{ rows }, [sum]] = await Promise.all([
    // The driver reads a bigint as a text.
    postgres.pool.query<Omit<NoticeRow, 'id'> & { readonly id: string }>({
      ...postgres.prepared(LIST),
      values: [username],
    }),
    postgres.find<NoticeSumModel & Found>(FIND_SUM, username),
  ])
  const notices = rows.map((row) => toNotice({ ...row, id: BigInt(row.id) }))
  return { notices, ...(sum && { older: { count: sum.count, since: fromDate(sum.since) } }) }
}

/** Prepared statements by hand, because each list of tokens waits for them. */
const LIST = {
  name: 'list-notices',
  text: `SELECT id, username, kind, token, facts, at FROM notice
    WHERE username = $1 AND dismissed IS NULL ORDER BY id DESC LIMIT ${MOST_NOTICES}`,
}
const FIND_SUM = {
  name: 'find-notice-sum',
  text: 'SELECT username AS asked, username, count, since FROM notice_sum WHERE username = ANY($1::text[])',
}

/** The columns that a notice is made from. */
export type NoticeRow = Pick<NoticeModel, 'id' | 'username' | 'kind' | 'token' | 'facts' | 'at'>

export function toNotice({ id, username, kind, token, facts, at }: NoticeRow): StoredNotice {
  return {
    id: id.toString(),
    username,
    kind: kind as NoticeKind,
    ...(token !== NO_TOKEN && { token: token as TokenKey }),
    facts: facts as unknown as NoticeFacts,
    at: fromDate(at),
  }
}

/** Dismisses one notice of a user. */
export async function dismissNotice(
  { prisma }: Postgres,
  username: string,
  id: string,
  at: EpochSeconds,
): Promise<void> {
  const where = { username, id: BigInt(id), dismissed: null }
  await prisma.notice.updateMany({ where, data: { dismissed: toDate(at) } })
}

/** Dismisses a user's notices up to the newest that they saw, and those that were summed up. */
export async function dismissNotices(
  { prisma }: Postgres,
  username: string,
  newest: string,
  at: EpochSeconds,
): Promise<void> {
  const where = { username, id: { lte: BigInt(newest) }, dismissed: null }
  await prisma.$transaction([
    prisma.notice.updateMany({ where, data: { dismissed: toDate(at) } }),
    prisma.noticeSum.deleteMany({ where: { username } }),
  ])
}

/** Deletes all notices of a user name, and that it ever signed in: its next owner must not see them. */
export async function deleteNotices(db: Transaction, username: string): Promise<void> {
  await db.notice.deleteMany({ where: { username } })
  await db.noticeSum.deleteMany({ where: { username } })
  await db.firstSignIn.deleteMany({ where: { username } })
}

/** Deletes the oldest notices from before an instant, at most `limit`; returns their number. */
export async function deleteOldNotices({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT id FROM notice WHERE at < $1 ORDER BY at LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM notice WHERE id IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
