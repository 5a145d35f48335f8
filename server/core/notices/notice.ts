import { redact } from '../redact.js'
import type { EpochSeconds } from '../time.js'
import { INTERNAL_ACTOR, LEAK_ACTOR, type ReasonedActor, type TokenHistoryEntry } from '../token/history.js'
import type { TokenType } from '../token/record.js'
import type { TokenKey } from '../token/token.js'
import type { PlaceAspect } from './place-news.js'

/** The kinds of notices; a site switches each off by its name. */
export const NOTICE_KINDS = [
  ...([
    'tokenCreated',
    'tokenUsed',
    'tokenRevoked',
    'tokenSuspended',
    'tokenLifted',
    'signIn',
    'passkeyAdded',
  ] as const),
  ...(['permissionLost', 'accessGiven', 'accessTaken'] as const),
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** Returns whether a kind is about data of observing programs; the others are about credentials. */
export function isOfAccess(kind: NoticeKind): boolean {
  return kind === 'accessGiven' || kind === 'accessTaken'
}

/** Undismissed notices that a user has at most; older ones are only counted. */
export const MOST_NOTICES = 20

/** What happened to a user's credentials or access, told to that user alone: without secrets, and without data of other users. */
export interface Notice {
  /** The user name, or the e-mail address of a colleague who has no account yet. */
  readonly username: string
  readonly kind: NoticeKind
  readonly at: EpochSeconds
  /** The key of the token, or of the session; absent where it is about neither. */
  readonly token?: TokenKey
  readonly facts: NoticeFacts
}

export interface NoticeFacts {
  readonly type?: TokenType
  /** The name of the token, or of the passkey. */
  readonly name?: string
  /** Of the user's own act; absent for an administrator's. */
  readonly address?: string
  readonly client?: string
  /** The user's token or session that acted. */
  readonly actorToken?: TokenKey
  /** Absent: by the user. The operator counts as an administrator. */
  readonly by?: 'administrator' | 'finder'
  /** What is new about the place of a use. */
  readonly news?: readonly PlaceAspect[]
  /** Permissions that the owner's groups no longer give. */
  readonly scopes?: readonly string[]
  /** The end of a suspension. */
  readonly until?: EpochSeconds
  /** The administrator's reason. */
  readonly reason?: string
  /** The observing program, and its title. */
  readonly program?: string
  readonly title?: string
  /** The investigator or administrator who gave or took access. */
  readonly actor?: string
}

const MAX_REASON_LENGTH = 500

/** Returns a reason as it may be stored; undefined for an empty one. Administrators may quote the leaked token itself. */
export function storedReason(text: string | undefined): string | undefined {
  return (
    redact(text ?? '')
      .trim()
      .slice(0, MAX_REASON_LENGTH) || undefined
  )
}

/** Returns the notice that a change of a token makes, if its owner is to know: a new token, or a revocation by another user. */
export function noticeOfChange(change: TokenHistoryEntry, actor: ReasonedActor): Notice | undefined {
  const { username, token, tokenType: type, tokenName: name, action, at } = change
  const isByOther = actor.username !== username
  const about = { type, ...(name !== undefined && { name }), ...(isByOther && { by: otherOf(actor) }) }
  if (action === 'create' && type === 'user') {
    return { username, kind: 'tokenCreated', at, token, facts: { ...about, ...(!isByOther && originOf(actor)) } }
  }
  const isTheirs = type === 'user' || type === 'session' || actor.username === LEAK_ACTOR
  if (action === 'revoke' && isTheirs && isByOther && actor.username !== INTERNAL_ACTOR) {
    const { reason } = actor
    return { username, kind: 'tokenRevoked', at, token, facts: { ...about, ...(reason !== undefined && { reason }) } }
  }
  return undefined
}

function otherOf({ username }: ReasonedActor): NonNullable<NoticeFacts['by']> {
  return username === LEAK_ACTOR ? 'finder' : 'administrator'
}

function originOf({ address, client, token }: ReasonedActor) {
  return {
    ...(address !== undefined && { address }),
    ...(client !== undefined && { client }),
    ...(token !== undefined && { actorToken: token }),
  }
}
