import { DAY, type EpochSeconds, MINUTE } from '../time.js'

/** How far the history of a token has come; `none` too where it was pruned. */
export interface HistoryFacts {
  readonly isBegun: boolean
  readonly isEnded: boolean
}

export const NO_HISTORY: HistoryFacts = { isBegun: false, isEnded: false }

/** An act is written to two stores within this time, or it is half done. */
export const SETTLING: EpochSeconds = MINUTE

/** Entries are pruned after a year. A day less, so that none is missed for being pruned at this moment. */
export const HISTORY_KEPT: EpochSeconds = 364 * DAY

/** Whether a token from this instant must have its creation in the history by now. */
export function mustHaveHistory(created: EpochSeconds, now: EpochSeconds): boolean {
  return created < now - SETTLING && created > now - HISTORY_KEPT
}
