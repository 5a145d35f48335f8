import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'

/** Counts the notices that a user dismissed at an instant. */
export function countDismissedAt({ prisma }: Postgres, username: string, at: EpochSeconds): Promise<number> {
  return prisma.notice.count({ where: { username, dismissed: toDate(at) } })
}

/** Brings back the notices that a user dismissed at an instant. */
export async function undoDismissal({ prisma }: Postgres, username: string, at: EpochSeconds): Promise<void> {
  await prisma.notice.updateMany({ where: { username, dismissed: toDate(at) }, data: { dismissed: null } })
}
