import type { ActMistake } from '../../../core/incident/previewed.js'
import type { FilterMistake } from '../../../core/incident/read-filter.js'
import type { Words } from '../../../words/words.js'
import type { IncidentError } from './view-models.js'

/** Returns the sentences of mistakes in a filter. */
export function mistakeTexts(mistakes: readonly FilterMistake[], words: Words): readonly IncidentError[] {
  return mistakes.map(({ field, wrong }) => ({ field, message: words.text(`admin.incident.errors.${wrong}`) }))
}

/** Returns the sentences of why nothing was done. */
export function actMistakeTexts(
  mistakes: readonly ActMistake[],
  { count, now }: { readonly count: number; readonly now: number },
  words: Words,
): readonly IncidentError[] {
  return mistakes.map((field) => ({ field, message: words.text(`admin.incident.wrong.${field}`, { count, now }) }))
}
