import { isRefusalCode, type RefusalCode } from '../access/refusal.js'

/** Outcomes of a check other than a refusal. */
const OTHER_OUTCOMES = ['admitted', 'anonymous', 'invalid', 'unavailable', 'failed'] as const

/** The result of a check: the code of a refusal, or another outcome. */
export type CheckResult = (typeof OTHER_OUTCOMES)[number] | RefusalCode

/** The two labels by which results are counted. */
export interface OutcomeLabels {
  readonly outcome: (typeof OTHER_OUTCOMES)[number] | 'refused'
  /** `none` where nothing was refused. */
  readonly code: RefusalCode | 'none'
}

/** Returns the labels of a result. */
export function labelsOf(result: CheckResult): OutcomeLabels {
  return isRefusalCode(result) ? { outcome: 'refused', code: result } : { outcome: result, code: 'none' }
}
