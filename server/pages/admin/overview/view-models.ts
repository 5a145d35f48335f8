import type { EpochSeconds } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { Page } from '../../shared/view-models.js'
import type { AdminToken } from '../view-models.js'
import type { OverviewData } from './data.js'
import type { OverviewPictures } from './pictures.js'
import type { Reason } from './reasons.js'

export interface Overview extends Page {
  readonly data: OverviewData
  readonly pictures: OverviewPictures
  /** Of the refusals, in their order. */
  readonly reasons: readonly Reason[]
  /** How many tokens expire within two days. */
  readonly soon: number
  /** Newest first. */
  readonly changes: readonly TokenHistoryEntry[]
}

/** The tokens that expire soon, the soonest first. */
export interface EndingTokens extends Page {
  readonly tokens: readonly AdminToken[]
  /** How many days are listed, today among them. */
  readonly days: number
  /** Midnight of the only day that is listed. */
  readonly day?: EpochSeconds
  /** How many are listed at most, when there are more. */
  readonly limit?: number
}

export interface OverviewViews {
  'overview/overview': Overview
  'overview/ending': EndingTokens
}
