import type { ProgramChange } from '../../core/programs/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import type { Assets } from './assets.js'
import { expiryState } from './format/expiry.js'
import { sentence } from './format/history.js'
import { counted, TOKEN_KINDS } from './format/labels.js'
import { programSentence } from './format/program-history.js'
import { mayDo, permissionSentence } from './format/scope-phrases.js'
import { moment } from './format/time.js'
import type { PageLayout } from './view-models.js'

/** Returns the functions that views may call; the rest of a view's input is data. */
export function helpers(assets: Assets, layout: PageLayout) {
  return {
    asset: assets.url,
    moment: (at: EpochSeconds) => moment(at, layout.now),
    expiryState: (expires: EpochSeconds | undefined) => expiryState(expires, layout.now),
    sentence: (change: TokenHistoryEntry) => sentence(change, layout.user?.username),
    programSentence: (change: ProgramChange) => programSentence(change, layout.user?.username),
    tokenKinds: TOKEN_KINDS,
    counted,
    permissionSentence,
    mayDo,
  }
}
