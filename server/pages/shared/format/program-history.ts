import type { ProgramChange, ProgramFacts } from '../../../core/programs/history.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Prose } from '../../../words/prose.js'
import { actor } from './history.js'
import { counted } from './labels.js'
import { listOf } from './prose.js'

/** A change of a program as its reader would tell it: `You gave eve@example.org access.` */
export function programSentence(change: ProgramChange, reader: string | undefined): Prose {
  return [actor(change.actor, reader), ' ', ...describeAction(change), '.']
}

function describeAction({ action, email = '', now = {}, old = {} }: ProgramChange): Prose {
  if (action === 'grant') return ['gave ', { strong: email }, ' access']
  if (action === 'remove') return ['removed the access of ', { strong: email }]
  if (action === 'delete') return ['took the program away']
  if (action === 'create') return ['added the program, ', ...data(now)]
  const edits = editsOf(now, old)
  return edits.length === 0 ? ['changed the program'] : listOf(edits)
}

function editsOf(now: ProgramFacts, old: ProgramFacts): Prose[] {
  const edits: Prose[] = []
  if (now.title !== undefined) edits.push(['changed its title to ', { strong: now.title || 'none' }])
  if (now.periodEnd !== undefined) {
    edits.push(['moved the end of its period from ', ...end(old.periodEnd), ' to ', ...end(now.periodEnd)])
  }
  if (now.public !== undefined) edits.push([now.public ? 'made its data public' : 'said that its data are not public'])
  if (now.investigators) {
    edits.push([`changed its investigators: ${counted(now.investigators.length, 'investigator')} now`])
  }
  return edits
}

function data({ periodEnd, public: isPublic }: ProgramFacts): Prose {
  if (isPublic) return ['with public data']
  return periodEnd == null ? ['with data that are not public'] : ['with data that are public from ', ...end(periodEnd)]
}

function end(at: EpochSeconds | null | undefined): Prose {
  return [at == null ? 'no date' : { at, as: 'exact' }]
}
