import type { Postgres } from '../client.js'

/** A user of a provider with the name of an investigator that no administrator has confirmed. */
export interface AwaitedUser {
  readonly username: string
  readonly provider: string
  readonly name: string | null
  readonly email: string | null
  readonly programs: number
}

/** Lists users to confirm by user name, at most `limit`. */
export async function listAwaitedUsers({ pool }: Postgres, limit: number): Promise<readonly AwaitedUser[]> {
  const { rows } = await pool.query<AwaitedUser>(
    `SELECT p.username, p.provider, p.name, p.email, count(*)::int AS programs
     FROM program_investigator i JOIN person p ON p.username = i.name
     WHERE i.kind = 'username' AND i.awaiting GROUP BY p.username ORDER BY p.username LIMIT $1`,
    [limit],
  )
  return rows
}
