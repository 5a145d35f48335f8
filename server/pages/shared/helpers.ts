import type { ProgramChange } from '../../core/programs/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import type { ProseValues, Values, Words } from '../../words/words.js'
import type { Assets } from './assets.js'
import { expiryState } from './format/expiry.js'
import { sentence } from './format/history.js'
import { counted, TOKEN_KINDS } from './format/labels.js'
import { programSentence } from './format/program-history.js'
import { mayDo, permissionSentence } from './format/scope-phrases.js'
import type { PageLayout } from './view-models.js'

/** What is the same on every page of a site. */
export interface Fixtures {
  readonly assets: Assets
  /** The path of the base URL, without a slash at its end: before each own path in a view. */
  readonly base: string
}

/** Returns what each view has besides its data: the functions that it may call, and the base path. */
export function helpers({ assets, base }: Fixtures, words: Words, layout: PageLayout) {
  return {
    base,
    language: words.reader.language,
    t: (key: string, values?: Values) => words.text(key, values),
    rich: (key: string, values?: ProseValues) => words.prose(key, values),
    number: words.number,
    asset: (name: string) => `${base}${assets.url(name)}`,
    moment: (at: EpochSeconds) => words.moment(at, layout.now),
    expiryState: (expires: EpochSeconds | undefined) => expiryState(expires, layout.now),
    sentence: (change: TokenHistoryEntry) => sentence(change, layout.user?.username),
    programSentence: (change: ProgramChange) => programSentence(change, layout.user?.username),
    tokenKinds: TOKEN_KINDS,
    counted,
    permissionSentence,
    mayDo,
  }
}
