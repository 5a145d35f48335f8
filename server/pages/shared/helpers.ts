import type { SuspensionChange } from '../../core/incident/suspension.js'
import type { ProgramChange } from '../../core/programs/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry, ToldChange } from '../../core/token/history.js'
import { TOKEN_TYPES, type TokenType } from '../../core/token/record.js'
import { monthName } from '../../words/dates.js'
import { LANGUAGES } from '../../words/reader.js'
import type { ProseValues, Values, Words } from '../../words/words.js'
import type { DescribedScope } from '../tokens/form/view-models.js'
import type { Assets } from './assets.js'
import { choiceLabel, type ExpiryChoice, expiryState } from './format/expiry.js'
import { entrySentence, sentence } from './format/history.js'
import { counted } from './format/labels.js'
import { programSentence } from './format/program-history.js'
import { scopeGroups } from './format/scope-groups.js'
import { canDo, type Permission, permissionSentence, sentenceForms, type TokenOwner } from './format/scope-phrases.js'
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
    languages: LANGUAGES,
    reader: words.reader,
    t: (key: string, values?: Values) => words.text(key, values),
    rich: (key: string, values?: ProseValues) => words.prose(key, values),
    number: words.number,
    codes: (texts: readonly string[]) => words.list(texts.map((code) => [{ code }])),
    asset: (name: string) => `${base}${assets.url(name)}`,
    moment: (at: EpochSeconds) => words.moment(at, layout.now),
    month: (at: EpochSeconds) => monthName(at, words.reader.language),
    expiryState: (expires: EpochSeconds | undefined) => expiryState(expires, layout.now),
    sentence: (change: TokenHistoryEntry | SuspensionChange) => sentence(change, layout.user?.username, words),
    entrySentence: (entry: ToldChange) => entrySentence(entry, layout.user?.username, words),
    programSentence: (change: ProgramChange) => programSentence(change, layout.user?.username, words),
    tokenKinds: tokenKinds(words),
    counted,
    choiceLabel: (choice: ExpiryChoice) => choiceLabel(choice, words),
    permissionSentence: (about: Permission) => permissionSentence(about, words),
    sentenceForms: (kind: TokenOwner) => sentenceForms(kind, words),
    canDo: (scope: string, kind: TokenOwner) => canDo(scope, words, kind),
    templateTitle: (id: string, title: string) =>
      words.has(`tokens.templates.${id}`) ? words.text(`tokens.templates.${id}`) : title,
    scopeGroups: (scopes: readonly DescribedScope[]) => scopeGroups(scopes, words),
  }
}

/** Returns the name of each token type. */
function tokenKinds(words: Words): Readonly<Partial<Record<TokenType, string>>> {
  return Object.fromEntries(TOKEN_TYPES.map((type) => [type, words.text(`tokenKinds.${type}`)]))
}
