import type { ProgramChange, ProgramFacts } from '../../../core/programs/history.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Prose } from '../../../words/prose.js'
import type { ProseValues, Words } from '../../../words/words.js'
import { actor } from './history.js'

/** Describes a change of a program to its reader: `You gave eve@example.org access.` */
export function programSentence(change: ProgramChange, reader: string | undefined, words: Words): Prose {
  const { action, email = '', now = {}, old = {} } = change
  const by = actor(change.actor, reader, words)
  if (action === 'create') return words.prose('programs.history.create', { ...by, ...data(now, words) })
  if (action !== 'edit') return words.prose(`programs.history.${action}`, { ...by, email })
  const edits = editsOf(now, old, { by, words })
  if (edits.length === 0) return words.prose('programs.history.edit', by)
  return edits.flatMap((edit, index) => (index === 0 ? edit : [words.text('history.between'), ...edit]))
}

/** One sentence for each fact that was changed. */
function editsOf(now: ProgramFacts, old: ProgramFacts, { by, words }: { by: ProseValues; words: Words }): Prose[] {
  const edits: Prose[] = []
  if (now.title !== undefined) {
    const titled = now.title === '' ? 'none' : 'some'
    edits.push(words.prose('programs.history.title', { ...by, titled, title: now.title }))
  }
  if (now.periodEnd !== undefined) {
    const period = { from: end(old.periodEnd, words), to: end(now.periodEnd, words) }
    edits.push(words.prose('programs.history.period', { ...by, ...period }))
  }
  if (now.public !== undefined) {
    edits.push(words.prose('programs.history.public', { ...by, public: now.public ? 'yes' : 'no' }))
  }
  if (now.investigators) {
    edits.push(words.prose('programs.history.investigators', { ...by, count: now.investigators.length }))
  }
  return edits
}

function data({ periodEnd, public: isPublic }: ProgramFacts, words: Words): ProseValues {
  const state = isPublic ? 'public' : periodEnd == null ? 'private' : 'until'
  return { data: state, end: end(periodEnd, words) }
}

function end(at: EpochSeconds | null | undefined, words: Words): Prose {
  return at == null ? words.prose('programs.history.noDate') : [{ at, as: 'exact' }]
}
