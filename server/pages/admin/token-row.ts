import { isDelegated, type TokenRecord } from '../../core/token/record.js'
import { browserName } from '../../words/client-name.js'
import type { Words } from '../../words/words.js'
import { delegatedName } from '../shared/format/labels.js'
import type { Annotations } from '../tokens/annotate.js'
import type { AdminToken } from './view-models.js'

/** The fields of a token from which its title is made. */
export type TitledToken = Pick<TokenRecord, 'key' | 'type' | 'name' | 'parent' | 'service'> & {
  readonly client?: string
  readonly clientName?: string | undefined
}

/** A token of any type; sessions know where they began. */
type AnyToken = TokenRecord & {
  readonly client?: string
  readonly address?: string
  readonly clientName?: string | undefined
}

/** Selects the fields of a token of any type that administrators see. */
export function adminToken(token: AnyToken & Annotations & { readonly from?: string }, words: Words): AdminToken {
  const {
    key,
    username,
    type,
    scopes,
    created,
    expires,
    address,
    name,
    from,
    notInEffect,
    idleEnds,
    restriction,
    suspension,
  } = token
  // Signing in is the first use of a session.
  const lastUsed = token.lastUsed ?? (type === 'session' ? { at: created, ...(address && { address }) } : undefined)
  return {
    key,
    username,
    type,
    scopes,
    created,
    what: titleOf(token, words),
    ...(name !== undefined && { name }),
    ...(expires !== undefined && { expires }),
    ...(lastUsed && { lastUsed }),
    ...(from !== undefined && { from }),
    ...(notInEffect && { notInEffect }),
    ...(idleEnds !== undefined && { idleEnds }),
    ...(restriction && { restriction }),
    ...(suspension && { suspension }),
  }
}

/** Returns a token's name, or what stands for one: `Firefox on Linux`, `Token for tap`. */
export function titleOf(token: TitledToken, words: Words): string {
  if (token.type === 'session') return browserName(token.client, words)
  if (isDelegated(token)) return delegatedName(token, words)
  return token.name ?? (token.type === 'service' ? words.text('tokenKinds.service') : token.key)
}

/** As {@link titleOf}, of what a history has: of a session it does not name the browser. */
export function pastTitle(token: TitledToken, words: Words): string {
  return token.type === 'session' ? words.text('tokenKinds.session') : titleOf(token, words)
}
