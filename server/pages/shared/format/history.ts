import type { EpochSeconds } from '../../../core/time.js'
import { INTERNAL_ACTOR, LEAK_ACTOR, OPERATOR_ACTOR, type TokenHistoryEntry } from '../../../core/token/history.js'
import type { Prose } from '../../../words/prose.js'
import { codes, listOf } from './prose.js'

/** A change as its reader would tell it: `You narrowed it from read:image and read:tap to read:tap.` */
export function sentence(change: TokenHistoryEntry, reader: string | undefined): Prose {
  if (change.action === 'expire') return ['It expired.']
  return [actor(change.actor, reader), ' ', ...describeAction(change), '.']
}

/** Who did something, to its reader. */
export function actor(name: string, reader: string | undefined): string {
  if (name === reader) return 'You'
  if (name === OPERATOR_ACTOR) return 'An operator'
  if (name === LEAK_ACTOR) return 'A finder reported that it leaked, and Postern'
  return name === INTERNAL_ACTOR ? 'Postern' : name
}

function describeAction(change: TokenHistoryEntry): Prose {
  if (change.action === 'revoke') return ['revoked it']
  return change.action === 'create' ? created(change) : edited(change)
}

function created({ scopes, expires }: TokenHistoryEntry): Prose {
  const end: Prose = expires === undefined ? ['never to expire'] : ['to expire on ', ...ending(expires)]
  return ['created it ', ...held(scopes), ', ', ...end]
}

function edited({ old = {}, tokenName, scopes, expires }: TokenHistoryEntry): Prose {
  const edits: Prose[] = []
  if (old.name !== undefined)
    edits.push(['renamed it from ', { strong: old.name }, ' to ', { strong: tokenName ?? '' }])
  if (old.scopes !== undefined) edits.push(rescoped(old.scopes, scopes))
  if (old.expires !== undefined) {
    edits.push(['changed its expiry from ', ...ending(old.expires ?? undefined), ' to ', ...ending(expires)])
  }
  if (old.restriction !== undefined) edits.push(['bound it to fewer networks or services'])
  return edits.length === 0 ? ['edited it'] : listOf(edits)
}

function rescoped(before: readonly string[], after: readonly string[]): Prose {
  const verb = within(after, before) ? 'narrowed' : within(before, after) ? 'widened' : 'changed'
  return [`${verb} it from `, ...named(before), ' to ', ...named(after)]
}

function within(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((scope) => whole.includes(scope))
}

function held(scopes: readonly string[]): Prose {
  return scopes.length === 0 ? ['without any scope'] : ['with ', ...codes(scopes)]
}

function named(scopes: readonly string[]): Prose {
  return scopes.length === 0 ? ['no scope'] : codes(scopes)
}

function ending(expires: EpochSeconds | undefined): Prose {
  return [expires === undefined ? 'never' : { at: expires, as: 'exact' }]
}
