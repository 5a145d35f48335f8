import { MAIL_GAP, MAIL_RETRY } from '../../../core/notices/mail.js'
import type { NoticeKind } from '../../../core/notices/notice.js'
import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'
import { type NoticeRow, type StoredNotice, toNotice } from './notices.js'

/** Users of one run; the others are in the next. */
const MOST_USERS = 1000

/** Finds the users with notices to be mailed, and no mail of the last minutes: those that wait longest first. */
export async function findUsersToMail(
  { pool }: Postgres,
  kinds: readonly NoticeKind[],
  now: EpochSeconds,
): Promise<string[]> {
  const { rows } = await pool.query<{ username: string }>(
    `SELECT username FROM notice n WHERE mail_at <= $1 AND kind = ANY($2)
       AND NOT EXISTS (SELECT 1 FROM notice m WHERE m.username = n.username AND m.mailed > $3)
     GROUP BY username ORDER BY min(mail_at), username LIMIT $4`,
    [toDate(now), kinds, toDate(now - MAIL_GAP), MOST_USERS],
  )
  return rows.map(({ username }) => username)
}

/** A user's notices of some kinds. */
interface Wanted {
  readonly username: string
  readonly kinds: readonly NoticeKind[]
}

/**
 * Claims the notices of a user that are to be mailed, by postponing them: no other process sends them meanwhile, and a process
 * that dies or finds no mail server leaves them to the next try.
 *
 * @returns the newest first
 */
export async function claimNoticesToMail(
  { prisma }: Postgres,
  { username, kinds }: Wanted,
  now: EpochSeconds,
): Promise<readonly StoredNotice[]> {
  const { least, most } = MAIL_RETRY
  const rows = await prisma.$queryRaw<NoticeRow[]>`
    UPDATE notice SET mail_at = ${toDate(now)}::timestamptz + interval '1 second' *
      least(greatest(extract(epoch FROM ${toDate(now)}::timestamptz - at), ${least}::int), ${most}::int)
    WHERE username = ${username} AND mail_at <= ${toDate(now)} AND kind = ANY(${[...kinds]})
    RETURNING id, username, kind, token, facts, at`
  return rows.map(toNotice).sort((one, other) => Number(BigInt(other.id) - BigInt(one.id)))
}

/** Takes notices out of the queue: they were mailed at an instant, or there is no address. */
export async function endNoticeMail(
  { prisma }: Postgres,
  notices: readonly StoredNotice[],
  mailed: EpochSeconds | undefined,
): Promise<void> {
  const where = { id: { in: notices.map(({ id }) => BigInt(id)) } }
  const data = { mailAt: null, ...(mailed !== undefined && { mailed: toDate(mailed) }) }
  await prisma.notice.updateMany({ where, data })
}
