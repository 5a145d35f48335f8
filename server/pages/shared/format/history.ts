import type { SuspensionChange } from '../../../core/incident/suspension.js'
import type { EpochSeconds } from '../../../core/time.js'
import {
  INTERNAL_ACTOR,
  LEAK_ACTOR,
  OPERATOR_ACTOR,
  type TokenHistoryEntry,
  type ToldChange,
} from '../../../core/token/history.js'
import type { Prose } from '../../../words/prose.js'
import type { ProseValues, Words } from '../../../words/words.js'

/** Describes a change to its reader: `You narrowed it from read:image and read:tap to read:tap.` */
export function sentence(
  change: TokenHistoryEntry | SuspensionChange,
  reader: string | undefined,
  words: Words,
): Prose {
  if (change.action === 'expire') return words.prose('history.expired')
  const by = actor(change.actor, reader, words)
  if (change.action === 'revoke') return words.prose('history.revoked', { ...by, ...given(change) })
  if (!('tokenType' in change)) return ofSuspension(change, by, words)
  return change.action === 'create' ? created(change, by, words) : edited(change, by, words)
}

function ofSuspension(change: SuspensionChange, by: ProseValues, words: Words): Prose {
  const values = { ...by, ...given(change), until: [{ at: change.until, as: 'exact' }] as const }
  return words.prose(change.action === 'lift' ? 'history.lifted' : 'history.suspended', values)
}

/** Describes an entry of a history to its reader: `You revoked 42 tokens and sessions of ada: leaked laptop.` */
export function entrySentence({ change, several }: ToldChange, reader: string | undefined, words: Words): Prose {
  if (!several) return sentence(change, reader, words)
  const { count, hasMore, users, what } = several
  const key = change.action === 'revoke' ? 'history.several.revoked' : 'history.several.changed'
  return words.prose(key, {
    ...actor(change.actor, reader, words),
    ...given(change),
    count,
    more: hasMore ? 'yes' : 'no',
    what,
    whose: users > 1 ? 'many' : change.username === reader ? 'own' : 'one',
    username: change.username,
    users,
  })
}

function given({ reason }: { readonly reason?: string }) {
  return { given: reason === undefined ? 'no' : 'yes', reason: reason ?? '' }
}

/** Names the actor of a change to its reader: `who` is `you` or `other`, as messages select it. */
export function actor(name: string, reader: string | undefined, words: Words) {
  return { who: name === reader ? 'you' : 'other', actor: actorName(name, words) }
}

/** Names an actor that is not the reader. */
export function actorName(name: string, words: Words): string {
  if (name === OPERATOR_ACTOR) return words.text('history.operator')
  if (name === LEAK_ACTOR) return words.text('history.finder')
  return name === INTERNAL_ACTOR ? 'Postern' : name
}

function created({ tokenType, scopes, expires }: TokenHistoryEntry, by: ProseValues, words: Words): Prose {
  return words.prose(tokenType === 'session' ? 'history.signedIn' : 'history.created', {
    ...by,
    held: scopes.length === 0 ? 'none' : 'some',
    scopes: codes(scopes, words),
    ends: expires === undefined ? 'never' : 'once',
    end: ending(expires, words),
  })
}

/** One sentence for each field that was changed. */
function edited(change: TokenHistoryEntry, by: ProseValues, words: Words): Prose {
  const { old = {}, tokenName, scopes, expires } = change
  const edits: Prose[] = []
  if (old.name !== undefined) {
    edits.push(words.prose('history.renamed', { ...by, from: old.name ?? '', to: tokenName ?? '' }))
  }
  if (old.scopes !== undefined) edits.push(rescoped(old.scopes, scopes, by, words))
  if (old.expires !== undefined) {
    const from = ending(old.expires ?? undefined, words)
    edits.push(words.prose('history.postponed', { ...by, from, to: ending(expires, words) }))
  }
  if (old.restriction !== undefined) edits.push(words.prose('history.bound', by))
  if (edits.length === 0) return words.prose('history.edited', by)
  return edits.flatMap((edit, index) => (index === 0 ? edit : [words.text('history.between'), ...edit]))
}

function rescoped(before: readonly string[], after: readonly string[], by: ProseValues, words: Words): Prose {
  const how = within(after, before) ? 'narrowed' : within(before, after) ? 'widened' : 'changed'
  return words.prose('history.rescoped', { ...by, how, from: named(before, words), to: named(after, words) })
}

function within(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((scope) => whole.includes(scope))
}

function named(scopes: readonly string[], words: Words): Prose {
  return scopes.length === 0 ? words.prose('history.noPermission') : codes(scopes, words)
}

function ending(expires: EpochSeconds | undefined, words: Words): Prose {
  return expires === undefined ? words.prose('history.never') : [{ at: expires, as: 'exact' }]
}

function codes(texts: readonly string[], words: Words): Prose {
  return words.list(texts.map((code) => [{ code }]))
}
