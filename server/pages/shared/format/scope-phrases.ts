import type { EpochSeconds } from '../../../core/time.js'
import type { Prose } from '../../../words/prose.js'
import type { Words } from '../../../words/words.js'

/** Returns a phrase that follows "can": `query TAP` for the scopes of most science platforms, or "use" and the scope. */
export function canDo(scope: string, words: Words): Prose {
  const key = scope.replace(':', '-')
  return words.has(`scopes.can.${key}`) ? words.prose(`scopes.can.${key}`) : words.prose('scopes.use', { scope })
}

/** When a token stops: an instant, never, or a time that is still to be chosen. */
export type Until = EpochSeconds | 'never' | 'unchosen'

/** `topcat-laptop can query TAP until 19 December 2026.` `views/static/create.js` writes the same while a user types. */
export function permissionSentence(name: string, scopes: readonly string[], until: Until, words: Words): Prose {
  return words.prose('scopes.sentence', {
    name,
    held: scopes.length === 0 ? 'none' : 'some',
    acts: words.list(scopes.map((scope) => canDo(scope, words))),
    ends: typeof until === 'number' ? 'once' : until,
    end: typeof until === 'number' ? { at: until, as: 'date' } : '',
  })
}
