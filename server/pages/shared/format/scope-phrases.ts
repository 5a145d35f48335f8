import type { EpochSeconds } from '../../../core/time.js'
import type { Prose } from '../../../words/prose.js'
import type { Words } from '../../../words/words.js'

/** Whose a token is: a user's own, or a service's, which an administrator makes. */
export type TokenOwner = 'user' | 'service'

/** Returns a phrase that follows "can": `query TAP` for the scopes of most science platforms, or "use" and the scope. */
export function canDo(scope: string, words: Words, kind: TokenOwner = 'user'): Prose {
  const key = scope.replace(':', '-')
  return words.has(`scopes.can.${key}`)
    ? words.prose(`scopes.can.${key}`, { kind })
    : words.prose('scopes.use', { scope })
}

/** When a token stops: an instant, never, or a time that is still to be chosen. */
export type Until = EpochSeconds | 'never' | 'unchosen'

/** What a token is to be called, able to do, and until when. */
export interface Permission {
  readonly name: string
  readonly scopes: readonly string[]
  readonly until: Until
  readonly kind?: TokenOwner
}

/** `topcat-laptop can query TAP until 19 December 2026.` */
export function permissionSentence({ name, scopes, until, kind = 'user' }: Permission, words: Words): Prose {
  return words.prose('scopes.sentence', {
    name,
    kind,
    held: scopes.length === 0 ? 'none' : 'some',
    acts: words.list(scopes.map((scope) => canDo(scope, words, kind))),
    ends: typeof until === 'number' ? 'once' : until,
    end: typeof until === 'number' ? { at: until, as: 'date' } : '',
  })
}

/** Marks for what `views/static/create.js` puts into a sentence: the name, the phrases, and the end. */
const MARKS = { name: '\uE001', acts: '\uE002', end: '\uE003' }

/** Lists the same sentence in its forms, with marks in it, for the script that writes it while a user types. */
export function sentenceForms(kind: TokenOwner, words: Words): Readonly<Record<string, Prose>> {
  const forms = ['none', 'some'].flatMap((held) => ['never', 'unchosen', 'once'].map((ends) => ({ held, ends })))
  return Object.fromEntries(
    forms.map(({ held, ends }) => [`${held} ${ends}`, words.prose('scopes.sentence', { ...MARKS, kind, held, ends })]),
  )
}
