import type { Change } from '../core/change.js'
import type { ProgramChange } from '../core/program-change.js'
import type { EpochSeconds } from '../core/time.js'
import type { Assets } from './assets.js'
import { counted } from './format/count.js'
import { expiryState } from './format/expiry.js'
import { sentence } from './format/history.js'
import { moment } from './format/moment.js'
import { mayDo, permission } from './format/permission.js'
import { programSentence } from './format/program-history.js'
import { TOKEN_KINDS } from './format/token-kinds.js'
import type { Frame } from './models.js'

/** What views may call; everything else they are given as data. */
export function helpers(assets: Assets, frame: Frame) {
  return {
    asset: assets.url,
    moment: (at: EpochSeconds) => moment(at, frame.now),
    expiryState: (expires: EpochSeconds | undefined) => expiryState(expires, frame.now),
    sentence: (change: Change) => sentence(change, frame.user?.username),
    programSentence: (change: ProgramChange) => programSentence(change, frame.user?.username),
    tokenKinds: TOKEN_KINDS,
    counted,
    permission,
    mayDo,
  }
}
