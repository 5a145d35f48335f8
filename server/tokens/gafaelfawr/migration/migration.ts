import { hash } from 'node:crypto'
import type { FernetKey } from '../../../core/gafaelfawr/fernet.js'
import { parentsFirst } from '../../../core/gafaelfawr/parents-first.js'
import { MigrationReport } from '../../../core/gafaelfawr/report.js'
import { GAFAELFAWR } from '../../../core/gafaelfawr/source.js'
import { readStoredToken } from '../../../core/gafaelfawr/stored-token.js'
import { OperatorError } from '../../../core/operator-error.js'
import type { Actor } from '../../../core/token/history.js'
import { hashSecret, type TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import type { DatabaseSnapshot, DatabaseSource } from '../../../storage/gafaelfawr/database-source.js'
import type { ValueSource } from '../../../storage/gafaelfawr/value-source.js'
import { changedThere, followChanges } from '../../../storage/postgres/imports/follow.js'
import { type ImportOutcome, importTokens, previewImport } from '../../../storage/postgres/imports/import-tokens.js'
import type { ImportedToken } from '../../../storage/postgres/imports/imported-token.js'
import { commit } from '../../../storage/unit-of-work.js'
import { endRevoked } from './end-revoked.js'
import { importHistory } from './import-history.js'

/** Tokens that are imported in one transaction. */
const TOKENS_PER_BATCH = 500

/** The stores of the Gafaelfawr that a site moves from. */
export interface Sources {
  readonly values: ValueSource
  readonly database: DatabaseSource
  readonly session: FernetKey
}

export interface MigrationOptions {
  /** Reads, compares and reports; writes nothing. */
  readonly dryRun: boolean
  readonly history: boolean
  /** Has the tokens that were imported before follow changes and revocations at Gafaelfawr. */
  readonly follow: boolean
  /** Whether scopes follow the groups of the owners, where the site has that; else they stay, as Gafaelfawr freezes them. */
  readonly followGroups: boolean
  readonly actor: Actor
}

/** Is told how far a round has come. */
export type Progress = (done: number, of: number) => void

/** Moves the tokens of a Gafaelfawr here, in rounds: each reads all tokens that are there, and writes what is new. */
export class Migration {
  readonly #context: Context
  readonly #sources: Sources
  readonly #options: MigrationOptions
  /** The hash of each value as it was in an earlier round: what has not changed needs no look. */
  #seen = new Map<string, string>()
  /** The last change in the history of the source that was looked at. */
  #lastChange: string | undefined

  constructor(context: Context, sources: Sources, options: MigrationOptions) {
    this.#context = context
    this.#sources = sources
    this.#options = options
  }

  /** @throws {OperatorError} when a store of Gafaelfawr does not answer, or no value was encrypted with the session secret */
  async round(progress: Progress = () => undefined): Promise<MigrationReport> {
    const { values, database } = this.#sources
    const report = new MigrationReport()
    // The keys first: the database has each of these tokens by the time of the snapshot.
    const keys = await values.keys()
    await database.snapshot(async (snapshot) => {
      if (this.#options.history) report.history = await importHistory(this.#context, snapshot, this.#options)
      if (this.#options.follow) await this.#forgetChanged(snapshot)
      await this.#importAll(keys, snapshot, { report, progress })
      if (!this.#options.follow) return
      const { revoked, missing } = await endRevoked(this.#context, keys, snapshot, this.#options)
      Object.assign(report, { revoked, missing })
    })
    return report
  }

  /** A new name changes no value; and a value may be there before its row. */
  async #forgetChanged(snapshot: DatabaseSnapshot): Promise<void> {
    const { keys, last } = await snapshot.changedSince(this.#lastChange)
    for (const key of keys) this.#seen.delete(key)
    this.#lastChange = last
  }

  async #importAll(
    keys: ReadonlySet<string>,
    snapshot: DatabaseSnapshot,
    { report, progress }: { readonly report: MigrationReport; readonly progress: Progress },
  ): Promise<void> {
    const parents = await snapshot.parents()
    const order = parentsFirst(keys, parents)
    const outcomes = new Map<TokenKey, ImportOutcome>()
    const seen = new Map<string, string>()
    for (let from = 0; from < order.length; from += TOKENS_PER_BATCH) {
      const part = order.slice(from, from + TOKENS_PER_BATCH)
      const read = await this.#read(part, { seen, report })
      if (from === 0) this.#refuseOtherSecret(part.length, report)
      const names = read.length > 0 ? await snapshot.names(read.map(({ record }) => record.key)) : new Map()
      const tokens = read.map((token) => withFacts(token, names, parents))
      const written = await this.#write(tokens, outcomes, report)
      // Without a dry run the database knows.
      if (this.#options.dryRun) for (const [key, outcome] of written) outcomes.set(key, outcome)
      progress(Math.min(from + TOKENS_PER_BATCH, order.length), order.length)
    }
    this.#seen = seen
  }

  /** Reads those of some tokens that have changed since the last round. */
  async #read(
    keys: readonly string[],
    { seen, report }: { readonly seen: Map<string, string>; readonly report: MigrationReport },
  ): Promise<ImportedToken[]> {
    const { session, values } = this.#sources
    const rules = { now: this.#context.clock(), scopesKept: !this.#options.followGroups }
    const texts = await values.values(keys)
    const tokens: ImportedToken[] = []
    keys.forEach((key, place) => {
      const text = texts[place]
      if (typeof text !== 'string') return
      const digest = this.#options.follow ? hash('sha256', text, 'base64') : ''
      if (this.#options.follow) seen.set(key, digest)
      if (digest !== '' && this.#seen.get(key) === digest) return
      const token = readStoredToken(key, text, session, rules)
      if (typeof token === 'string') report.count(key, undefined, token)
      else tokens.push({ record: token.record, secretHash: hashSecret(token.secret) })
    })
    return tokens
  }

  /** A whole batch that was encrypted otherwise is no damage, but the wrong secret. */
  #refuseOtherSecret(tokens: number, report: MigrationReport): void {
    if (tokens === 0 || report.refusedFor('wrong-secret') < tokens) return
    throw new OperatorError(
      'None of the tokens was encrypted with this session secret.',
      "Give the file of Gafaelfawr's own session-secret with --session-secret-file. Nothing was imported.",
    )
  }

  async #write(
    tokens: readonly ImportedToken[],
    before: ReadonlyMap<TokenKey, ImportOutcome>,
    report: MigrationReport,
  ): Promise<ReadonlyMap<TokenKey, ImportOutcome>> {
    if (tokens.length === 0) return new Map()
    const { clock, postgres } = this.#context
    const { actor, dryRun, follow, history } = this.#options
    const now = clock()
    const outcomes = dryRun
      ? await previewImport(postgres, tokens, before)
      : await commit(this.#context, (work) => importTokens(work, tokens, { source: GAFAELFAWR, actor, now }))
    const known = tokens.filter(({ record }) => outcomes.get(record.key) === 'known')
    const followed =
      follow && !dryRun
        ? await commit(this.#context, (work) => followChanges(work, known, { actor, now, withHistory: history }))
        : (await changedThere(postgres.prisma, known)).map(({ record }) => record.key)
    const changed = new Set(followed)
    for (const { record } of tokens) {
      const outcome = outcomes.get(record.key) ?? 'known'
      report.count(record.key, record.type, changed.has(record.key) ? 'changed' : outcome)
    }
    return outcomes
  }
}

/** Adds what the database has of a token. */
function withFacts(
  { record, secretHash }: ImportedToken,
  names: ReadonlyMap<string, string>,
  parents: ReadonlyMap<string, string>,
): ImportedToken {
  const [name, parent] = [names.get(record.key), parents.get(record.key)]
  const facts = { ...(name !== undefined && { name }), ...(parent !== undefined && { parent: parent as TokenKey }) }
  return { record: { ...record, ...facts }, secretHash }
}
