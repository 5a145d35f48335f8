import type { Request } from 'express'
import type { Confirmed } from '../../../core/incident/previewed.js'
import { type FilterValues, filterQuery, filterValues } from '../../../core/incident/read-filter.js'
import { storedReason } from '../../../core/notices/notice.js'
import type { Context } from '../../../storage/context.js'
import type { IncidentKind } from '../../../storage/postgres/incident/acts.js'
import { fieldOf, formOf } from '../../account/require-sign-in.js'
import { withoutSecret } from '../search/reduce.js'
import type { ActValues } from './view-models.js'

/** Reads the filter of a form. A whole token in it becomes its key. */
export async function valuesOfForm(context: Context, request: Request): Promise<FilterValues> {
  return filterValues({ ...formOf(request), key: await withoutSecret(context, fieldOf(request, 'key')) })
}

/** The act that a form asks for. */
export interface AskedAct extends Confirmed, ActValues {
  readonly kind: IncidentKind
  /** Whether the question has been answered. */
  readonly isSure: boolean
}

/** Reads the act of a form. */
export function actOfForm(request: Request): AskedAct {
  const field = (name: string) => fieldOf(request, name)
  const reason = storedReason(field('reason'))
  return {
    kind: field('act') === 'suspend' ? 'suspend' : 'revoke',
    reason: reason ?? '',
    number: field('number').slice(0, 20),
    typed: field('number'),
    seen: field('seen'),
    count: /^\d{1,7}$/.test(field('count')) ? Number(field('count')) : 0,
    asItIs: field('as-it-is') === 'yes',
    signOut: field('sign-out') === 'yes',
    disable: field('disable') === 'yes',
    isSure: field('sure') === 'yes',
  }
}

/** Returns the fields of a form that asks for the same act, once it is sure. */
export function fieldsOf(values: FilterValues, asked: AskedAct): readonly (readonly [string, string])[] {
  return [
    ...filterQuery(values),
    ['act', asked.kind],
    ['reason', asked.reason],
    ['number', asked.number],
    ['seen', asked.seen],
    ['count', String(asked.count)],
    ...(asked.asItIs ? ([['as-it-is', 'yes']] as const) : []),
    ...(asked.signOut ? ([['sign-out', 'yes']] as const) : []),
    ...(asked.disable ? ([['disable', 'yes']] as const) : []),
    ['sure', 'yes'],
  ]
}
