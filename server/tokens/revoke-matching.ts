import { Refusal } from '../core/access/refusal.js'
import type { IncidentFilter } from '../core/incident/filter.js'
import type { ReasonedActor } from '../core/token/history.js'
import { isDelegated } from '../core/token/record.js'
import type { TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import type { SelectedToken } from '../storage/postgres/incident/select.js'
import { selectIncident } from './incident/select-incident.js'
import { revokeToken } from './revoke.js'
import { asOneAct } from './several/one-act.js'

/** Which of a user's tokens; all that are given must fit, and nothing given means all. */
export type RevokeFilter = Omit<IncidentFilter, 'everyone' | 'users' | 'group' | 'key'>

/** A thief who makes tokens meanwhile is followed so many times. */
const ROUNDS = 10

/** Lists the keys of a user's tokens that fit, sessions first, without those that were delegated from one of them. */
export async function matchingTokens(
  context: Context,
  username: string,
  filter: RevokeFilter,
): Promise<readonly TokenKey[]> {
  const { tokens } = await selectIncident(context, { ...filter, users: [username] })
  const place = (token: SelectedToken) => (token.type === 'session' ? 0 : isDelegated(token) ? 2 : 1)
  return tokens
    .filter((token) => token.username === username)
    .sort((a, b) => place(a) - place(b))
    .map(({ key }) => key)
}

/**
 * Ends many of a user's tokens at once, for an incident: by the same rule as the page of administrators, sessions first, until none
 * is left. Returns the keys of those that it ended; what was delegated from them falls with them.
 */
export async function revokeMatching(
  context: Context,
  username: string,
  filter: RevokeFilter,
  actor: ReasonedActor,
): Promise<readonly TokenKey[]> {
  const one = asOneAct(context, actor)
  const ended: TokenKey[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = ended.length
    for (const key of await matchingTokens(context, username, filter)) {
      if (!((await revokeToken(context, username, key, one)) instanceof Refusal)) ended.push(key)
    }
    if (ended.length === before) break
  }
  return ended
}
