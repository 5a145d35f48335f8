import { z } from 'zod'
import type { Restriction } from '../access/restriction.js'
import type { AuditAction } from '../audit/actions.js'
import { parseInstant } from '../parse-instant.js'
import type { EpochSeconds } from '../time.js'
import type { TokenKey } from '../token/token.js'

/*
 * An audit event of an act that takes away is enough to take it away again, after a backup from before it was restored.
 */

/** An act that took away, as it is done again. */
export type Reduction =
  | {
      readonly is: 'ended'
      readonly key: TokenKey
      readonly username: string
      readonly expires?: EpochSeconds
      readonly delegated: boolean
    }
  | { readonly is: 'narrowed'; readonly key: TokenKey; readonly username: string; readonly to: NarrowedToken }
  | {
      readonly is: 'held'
      readonly key: TokenKey
      readonly username: string
      readonly expires?: EpochSeconds
      readonly delegated: boolean
      readonly reason?: string
    }
  | { readonly is: 'lifted'; readonly key: TokenKey; readonly username: string }
  | { readonly is: 'disabled' | 'enabled'; readonly username: string }
  /** The act itself cannot be done again, because an event has no secret: the user is disabled until an operator has. */
  | { readonly is: 'suspended'; readonly username: string; readonly remedy: string }
  | { readonly is: 'passkey'; readonly username: string; readonly id: string }
  | { readonly is: 'grant'; readonly program: string; readonly email: string }
  | { readonly is: 'program' | 'client'; readonly id: string }
  | { readonly is: 'consent'; readonly username: string; readonly clientId: string }
  | { readonly is: 'everything'; readonly issuedBefore: EpochSeconds }
  | { readonly is: 'lockdown'; readonly reason?: string }
  | { readonly is: 'unlocked' }
  /** An operator has to do it, and says so by confirming the restore. */
  | { readonly is: 'by hand'; readonly remedy: string }

/** The most that a token may do. */
export interface NarrowedToken {
  readonly scopes?: readonly string[]
  readonly expires?: EpochSeconds
  readonly restriction?: Restriction
}

export interface TimedReduction {
  /** Of the event. */
  readonly id: string
  readonly at: EpochSeconds
  readonly reduction: Reduction
}

const facts = z.record(z.string(), z.unknown())
const text = z.string()
const restriction = z.object({ networks: z.array(text).optional(), services: z.array(text).optional() })

const exported = z.object({
  '@timestamp': text,
  event: z.object({ dataset: z.literal('postern.audit'), id: text, action: text, outcome: text }),
  user: z.object({ target: z.object({ name: text }).optional() }).optional(),
  postern: z
    .object({
      object: z.object({ id: text }).optional(),
      before: facts.optional(),
      after: facts.optional(),
      details: facts.optional(),
      reason: text.optional(),
    })
    .default({}),
})

/** What an event says, for the readers of the acts. */
interface Act {
  /** Of the object. */
  readonly id: string
  readonly username: string
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
  readonly details: Readonly<Record<string, unknown>>
  readonly reason?: string
}

type Read = (act: Act) => Reduction | undefined

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)

const ended: Read = ({ id, username, before }) => {
  const expires = numberOf(before.expires)
  const delegated = before.parent !== undefined
  return { is: 'ended', key: id as TokenKey, username, delegated, ...(expires !== undefined && { expires }) }
}

/** Suspended once more, and revoked where the backup does not have it. */
const held: Read = ({ id, username, after, reason }) => {
  const expires = numberOf(after.expires)
  return {
    ...{ is: 'held', key: id as TokenKey, username, delegated: after.type !== 'session' },
    ...(expires !== undefined && { expires }),
    ...(reason !== undefined && { reason }),
  }
}

const narrowed: Read = ({ id, username, after }) => {
  const [scopes, places] = [z.array(text).safeParse(after.scopes).data, restriction.safeParse(after.restriction).data]
  const expires = numberOf(after.expires)
  const to = {
    ...(scopes && { scopes }),
    ...(expires !== undefined && { expires }),
    ...(places && { restriction: placesOf(places) }),
  }
  return { is: 'narrowed', key: id as TokenKey, username, to }
}

const placesOf = ({ networks, services }: z.infer<typeof restriction>): Restriction => ({
  ...(networks && { networks }),
  ...(services && { services }),
})

const suspended =
  (remedy: (username: string) => string): Read =>
  ({ username }) => ({ is: 'suspended', username, remedy: remedy(username) })

const byHand =
  (remedy: (act: Act) => string): Read =>
  (act) => ({ is: 'by hand', remedy: remedy(act) })

/** Acts that give, or that leave what is as it is. */
const GIVES: Read = () => undefined

/** How each act is done again. */
// biome-ignore format: a table reads in columns
const READERS: Readonly<Record<AuditAction, Read>> = {
  'token.create':       GIVES,
  'token.import':       GIVES,
  'token.edit':         narrowed,
  'token.revoke':       ended,
  'token.expire':       ended,
  'token.suspend':      held,
  'token.lift':         ({ id, username }) => ({ is: 'lifted', key: id as TokenKey, username }),
  'token.leaked':       ended,
  'sign-in':            GIVES,
  'sign-out':           ended,
  'session.revoke':     ended,

  'account.create':     GIVES,
  'account.numbers':    GIVES,
  'account.disable':    ({ username }) => ({ is: 'disabled', username }),
  'account.enable':     ({ username }) => ({ is: 'enabled', username }),
  'account.password':   suspended((name) => `postern account passwd ${name}, then postern account enable ${name}: the password was changed`),
  'account.bind':       GIVES,
  'account.release':    suspended((name) => `postern user release ${name}: the name was released`),
  'account.rebind':     suspended((name) => `bind ${name} again, then postern account enable ${name}: the identity was changed`),
  'account.confirm':    GIVES,
  'passkey.create':     GIVES,
  'passkey.delete':     ({ username, before }) => ({ is: 'passkey', username, id: textOf(before.passkey) }),
  'passkey.use':        GIVES,
  'account.emergency':  GIVES,

  'program.load':       byHand(({ id }) => `load the observing programs again (${id}): data may have been reserved, or investigators removed`),
  'program.delete':     ({ id }) => ({ is: 'program', id }),
  'program.grant':      GIVES,
  'program.remove':     ({ id, after }) => ({ is: 'grant', program: id, email: textOf(after.email) }),

  'oidc-client.create': GIVES,
  'oidc-client.edit':   byHand(({ id }) => `edit the client ${id} again: its addresses or its conditions were changed`),
  'oidc-client.delete': ({ id }) => ({ is: 'client', id }),
  'oidc-client.secret': byHand(({ id }) => `give the client ${id} a new secret: an old one may be back`),
  'oidc-key.rotate':    ({ details }) => details.compromised === true ? { is: 'by hand', remedy: 'postern openid rotate-key --compromised: the key that signs ID tokens is the compromised one' } : undefined,
  'consent.give':       GIVES,
  'consent.withdraw':   ({ id, username }) => ({ is: 'consent', username, clientId: id }),
  'device.approve':     GIVES,
  'device.deny':        GIVES,

  'quota.replace':      byHand(() => 'set the overrides of quotas again'),
  'quota.delete':       byHand(() => 'delete the overrides of quotas again'),
  'settings.load':      GIVES,
  'lockdown.on':        ({ after }) => ({ is: 'lockdown', ...(after.reason !== undefined && { reason: textOf(after.reason) }) }),
  'lockdown.off':       () => ({ is: 'unlocked' }),
  'revoke.all':         ({ before }) => ({ is: 'everything', issuedBefore: parseInstant(before.issuedBefore) ?? 0 }),
  // What it ended has events of its own
  'incident.act':       GIVES,
  'backup.create':      GIVES,
  'restore.load':       GIVES,
  'restore.confirm':    GIVES,
  // What it revoked has events of its own
  'store.repair':       GIVES,

  'api.call':           GIVES,
  'page.request':       GIVES,
  check:                GIVES,
  command:              GIVES,
  'audit.prune':        GIVES,
  'audit.overflow':     GIVES,
}

const isAction = (action: string): action is AuditAction => Object.hasOwn(READERS, action)

/** Whether an act takes away, so that a journal of revocations has it. */
export function takesAway(action: AuditAction): boolean {
  return READERS[action] !== GIVES
}

/** Reads the event of an act that took away; undefined for every other value, a refused act's event among them. */
export function reductionOf(value: unknown): TimedReduction | undefined {
  const { data } = exported.safeParse(value)
  const at = parseInstant(data?.['@timestamp'])
  if (!data || at === undefined || data.event.outcome !== 'success') return undefined
  const { id, action } = data.event
  const { object, before = {}, after = {}, details = {}, reason } = data.postern
  const username = data.user?.target?.name ?? ''
  const act = { id: object?.id ?? '', username, before, after, details, ...(reason !== undefined && { reason }) }
  const reduction = isAction(action) ? READERS[action](act) : unknownAct(action)
  return reduction && { id, at, reduction }
}

/** Attack: a log of a newer version has acts that this one does not know, and would pass over. */
const unknownAct = (action: string): Reduction => ({
  is: 'by hand',
  remedy: `look at the events ${action} of the log: this version does not know them`,
})

/** Puts acts in the order in which they were done, each once, without those that a later one took back. */
export function settle(found: readonly TimedReduction[]): Reduction[] {
  const once = [...new Map(found.map((each) => [each.id, each])).values()]
  const inOrder = once.sort((a, b) => a.at - b.at).map(({ reduction }) => reduction)
  return inOrder.filter((each, at) => {
    const later = inOrder.slice(at + 1)
    if (each.is === 'enabled' || each.is === 'unlocked') return false
    if (each.is === 'lockdown') return !later.some(({ is }) => is === 'unlocked')
    if (each.is === 'held') return !later.some((next) => next.is === 'lifted' && next.key === each.key)
    if (each.is !== 'disabled') return true
    return !later.some((next) => next.is === 'enabled' && next.username === each.username)
  })
}
