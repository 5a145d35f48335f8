import type { Refusal, RefusalCode } from '../../../core/access/refusal.js'
import type { Words } from '../../../words/words.js'
import { refusalText } from '../../shared/refusal-text.js'
import type { FieldError } from '../../shared/view-models.js'
import type { TokenFormValues } from './view-models.js'

/** A mistake in a field of the form: what its rule refused, or a message. */
export type Mistake = { readonly field: FieldError['field'] } & (
  | { readonly refusal: Refusal }
  | { readonly key: string }
)

const FIELD_OF: Partial<Record<RefusalCode, FieldError['field']>> = {
  invalid_name: 'name',
  duplicate_token_name: 'name',
  too_many_tokens: 'name',
  invalid_scopes: 'scope',
  invalid_restriction: 'networks',
}

/** The fields as they stand on the page, in whose order the summary has their mistakes. */
const IN_ORDER: readonly FieldError['field'][] = [
  ...(['username', 'email', 'name', 'scope', 'expires', 'expires_at', 'networks', 'services'] as const),
]

/** Words the mistakes of a form, one for each field: what the fields themselves have first, then what a rule refused. */
export function fieldErrors(
  mistakes: readonly Mistake[],
  refusals: readonly Refusal[],
  { expires }: Pick<TokenFormValues, 'expires'>,
  words: Words,
): readonly FieldError[] {
  const endField = expires === 'at' ? 'expires_at' : 'expires'
  const all: readonly Mistake[] = [
    ...mistakes,
    ...refusals.map((refusal) => ({ field: FIELD_OF[refusal.code] ?? endField, refusal })),
  ]
  return all
    .filter(({ field }, at) => all.findIndex((each) => each.field === field) === at)
    .toSorted((one, other) => IN_ORDER.indexOf(one.field) - IN_ORDER.indexOf(other.field))
    .map((each) => ({
      field: each.field,
      message: 'refusal' in each ? refusalText(each.refusal, words).message : words.text(each.key),
    }))
}
