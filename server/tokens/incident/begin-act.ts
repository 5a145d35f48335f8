import type { ActId } from '../../core/token/act.js'
import type { ReasonedActor } from '../../core/token/history.js'
import { isDelegated } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { type IncidentKind, insertIncident } from '../../storage/postgres/incident/acts.js'
import type { SelectedToken } from '../../storage/postgres/incident/select.js'
import { commit } from '../../storage/unit-of-work.js'
import { asOneAct } from '../several/one-act.js'
import { SITE } from './lockdown.js'

/** What an administrator has decided about the tokens of an incident. */
export interface Decision {
  readonly kind: IncidentKind
  readonly reason: string
  /** The query string of the page that selected the tokens. */
  readonly filter: string
  readonly tokens: readonly SelectedToken[]
  readonly signOut: boolean
  readonly disable: boolean
  /** The administrator's own session, if no step is to end it. */
  readonly spared?: TokenKey | undefined
}

/**
 * Records an act before it begins: one that is interrupted has left its trace, and goes on where it was. Nothing has ended yet. The
 * administrator's own account is never disabled by it: who disabled it could not enable it again.
 */
export async function beginIncidentAct(context: Context, decision: Decision, by: ReasonedActor): Promise<ActId> {
  const { kind, reason, filter, tokens, signOut, disable, spared } = decision
  const { reason: _, act, ...actor } = asOneAct(context, by)
  const people = [...new Set(tokens.map(({ username }) => username))]
  const disabled = disable ? people.filter((each) => each !== actor.username) : []
  const signedOut = signOut ? people : []
  const facts = { kind, filter, reason, tokens: tokens.length, people: people.length, disable, signOut }
  await commit(context, async (work) => {
    await insertIncident(work.db, {
      ...{ id: act, kind, at: context.clock(), actor, reason, filter, disabled, signedOut, people: people.length },
      tokens: sessionsFirst(tokens),
      ...(spared !== undefined && { spared }),
    })
    work.record({ action: 'incident.act', actor: { ...actor, act }, object: SITE, before: facts })
  })
  return act
}

/** Sessions, with which a thief makes tokens; then what lives in PostgreSQL, in large batches; delegated tokens last. */
function sessionsFirst(tokens: readonly SelectedToken[]): readonly TokenKey[] {
  const place = (token: SelectedToken) => (isDelegated(token) ? 2 : token.type === 'session' ? 0 : 1)
  return [...tokens].sort((a, b) => place(a) - place(b)).map(({ key }) => key)
}
