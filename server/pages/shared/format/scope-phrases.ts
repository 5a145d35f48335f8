import type { EpochSeconds } from '../../../core/time.js'
import type { Prose } from '../../../words/prose.js'
import { listOf } from './prose.js'

/** Phrases that follow "may", for the scopes that most science platforms have. */
const PHRASES: Readonly<Record<string, string>> = {
  'exec:notebook': 'run notebooks',
  'exec:portal': 'use the portal',
  'read:image': 'retrieve images',
  'read:tap': 'query TAP',
  'user:token': 'manage your tokens',
  'write:files': 'write to your files',
}

/** `query TAP`, or "use" and the scope as it is. */
export function mayDo(scope: string): Prose {
  const phrase = Object.hasOwn(PHRASES, scope) ? PHRASES[scope] : undefined
  return phrase === undefined ? ['use ', { code: scope }] : [phrase]
}

/** When a token stops: an instant, never, or a time that is still to be chosen. */
export type Until = EpochSeconds | 'never' | 'unchosen'

/** `topcat-laptop may query TAP until 19 December 2026.` `views/static/create.js` says the same while one types. */
export function permissionSentence(name: string, scopes: readonly string[], until: Until): Prose {
  const acts = scopes.length === 0 ? ['prove who you are and nothing else'] : listOf(scopes.map(mayDo))
  return [{ strong: name }, ' may ', ...acts, ' until ', end(until), '.']
}

function end(until: Until) {
  if (until === 'never') return 'you revoke it'
  return until === 'unchosen' ? 'the time you choose' : { at: until, as: 'date' as const }
}
