import type { FilterMistake } from '../../../core/incident/read-filter.js'
import type { Words } from '../../../words/words.js'
import type { IncidentError } from './view-models.js'

/** Returns the sentences of mistakes in a filter. */
export function mistakeTexts(mistakes: readonly FilterMistake[], words: Words): readonly IncidentError[] {
  return mistakes.map(({ field, wrong }) => ({ field, message: words.text(`admin.incident.errors.${wrong}`) }))
}
