import type { SuspensionChange } from '../../core/incident/suspension.js'
import type { ProgramChange } from '../../core/programs/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry, ToldChange } from '../../core/token/history.js'
import { TOKEN_TYPES, type TokenType } from '../../core/token/record.js'
import { type Moment, monthName } from '../../words/dates.js'
import type { Prose } from '../../words/prose.js'
import { LANGUAGES, type Language, type Reader } from '../../words/reader.js'
import type { ProseValues, Values, Words } from '../../words/words.js'
import type { DescribedScope } from '../tokens/form/view-models.js'
import type { Assets } from './assets.js'
import { choiceLabel, type ExpiryChoice, expiryState } from './format/expiry.js'
import { entrySentence, sentence } from './format/history.js'
import { counted } from './format/labels.js'
import { programSentence } from './format/program-history.js'
import { scopeGroups } from './format/scope-groups.js'
import { canDo, type Permission, permissionSentence, sentenceForms, type TokenOwner } from './format/scope-phrases.js'
import { Locals } from './template.js'
import type { PageLayout } from './view-models.js'

/** What is the same on every page of a site. */
export interface Fixtures {
  readonly assets: Assets
  /** The path of the base URL, without a slash at its end: before each own path in a view. */
  readonly base: string
}

/** A page that is being made. */
interface Page {
  readonly fixtures: Fixtures
  readonly words: Words
  readonly layout: PageLayout
}

/** Has what each view has besides its data: the functions that it may call, and the base path. */
export class PageLocals extends Locals {
  readonly #page: Page
  readonly base: string
  readonly reader: Reader
  readonly language: Language
  readonly languages = LANGUAGES

  constructor(page: Page) {
    super()
    this.#page = page
    this.base = page.fixtures.base
    this.reader = page.words.reader
    this.language = page.words.reader.language
  }

  protected bare(): PageLocals {
    return new PageLocals(this.#page)
  }

  t(key: string, values?: Values): string {
    return this.#page.words.text(key, values)
  }

  rich(key: string, values?: ProseValues): Prose {
    return this.#page.words.prose(key, values)
  }

  number(value: number): string {
    return this.#page.words.number(value)
  }

  codes(texts: readonly string[]): Prose {
    return this.#page.words.list(texts.map((code) => [{ code }]))
  }

  asset(name: string): string {
    return `${this.base}${this.#page.fixtures.assets.url(name)}`
  }

  moment(at: EpochSeconds): Moment {
    return this.#page.words.moment(at, this.#page.layout.now)
  }

  month(at: EpochSeconds): string {
    return monthName(at, this.language)
  }

  expiryState(expires: EpochSeconds | undefined) {
    return expiryState(expires, this.#page.layout.now)
  }

  sentence(change: TokenHistoryEntry | SuspensionChange) {
    return sentence(change, this.#page.layout.user?.username, this.#page.words)
  }

  entrySentence(entry: ToldChange) {
    return entrySentence(entry, this.#page.layout.user?.username, this.#page.words)
  }

  programSentence(change: ProgramChange) {
    return programSentence(change, this.#page.layout.user?.username, this.#page.words)
  }

  get tokenKinds() {
    return tokenKinds(this.#page.words)
  }

  counted(...about: Parameters<typeof counted>) {
    return counted(...about)
  }

  choiceLabel(choice: ExpiryChoice) {
    return choiceLabel(choice, this.#page.words)
  }

  permissionSentence(about: Permission) {
    return permissionSentence(about, this.#page.words)
  }

  sentenceForms(kind: TokenOwner) {
    return sentenceForms(kind, this.#page.words)
  }

  canDo(scope: string, kind: TokenOwner) {
    return canDo(scope, this.#page.words, kind)
  }

  templateTitle(id: string, title: string): string {
    const { words } = this.#page
    return words.has(`tokens.templates.${id}`) ? words.text(`tokens.templates.${id}`) : title
  }

  scopeGroups(scopes: readonly DescribedScope[]) {
    return scopeGroups(scopes, this.#page.words)
  }
}

/** Returns the name of each token type. */
function tokenKinds(words: Words): Readonly<Partial<Record<TokenType, string>>> {
  return Object.fromEntries(TOKEN_TYPES.map((type) => [type, words.text(`tokenKinds.${type}`)]))
}
