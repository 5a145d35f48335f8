import type { Counts } from '../core/counts.js'
import type { Outcome } from './examine.js'

/** Counts a decision; labels that anybody could make up would fill the memory. */
export function countOutcome({ checks }: Counts, outcome: Outcome): void {
  const source = 'by' in outcome ? outcome.by?.source : undefined
  checks.add(outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind, source ?? 'none')
}
