import type { RefusalReason } from '../../../core/tallies/summaries.js'
import type { Prose } from '../../../words/prose.js'
import type { Words } from '../../../words/words.js'

/** A reason not to admit, and what an administrator can do about it. */
export interface Reason {
  readonly code: RefusalReason
  readonly name: string
  readonly advice?: Prose
}

/**
 * Names a reason. Those that no check is known to end with have the code alone.
 *
 * @param explain the address of the page that explains a refusal
 */
export function reasonOf(code: RefusalReason, words: Words, explain: string): Reason {
  const [name, advice] = [`overview.reasons.${code}`, `overview.advice.${code}`]
  return {
    code,
    name: words.has(name) ? words.text(`overview.reasons.${code}`) : code,
    ...(words.has(advice) && { advice: words.prose(`overview.advice.${code}`, { explain: { href: explain } }) }),
  }
}
