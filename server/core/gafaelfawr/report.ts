import { TOKEN_TYPES, type TokenType } from '../token/record.js'
import { STORED_TOKEN_FAULTS, type StoredTokenFault } from './stored-token.js'

/** Why a token is not imported: its value is not read, or its parent has ended. */
export type ImportRefusal = StoredTokenFault | 'orphan'

/** What became of a token of the source: as {@link ImportRefusal}, or `changed` there, and here if changes are followed. */
export type Fate = ImportRefusal | 'imported' | 'known' | 'changed'

interface Counts {
  read: number
  imported: number
  known: number
  changed: number
  refused: number
}

/** Refusals that lose no living token. */
const HARMLESS: ReadonlySet<ImportRefusal> = new Set(['ended', 'orphan'])

/** Sums up a migration, by type; for a value that cannot be read there is none. */
export class MigrationReport {
  readonly #counts = new Map<TokenType | 'unread', Counts>()
  readonly #refused = new Map<ImportRefusal, string[]>()
  /** Tokens that were revoked there, and here therefore. */
  revoked = 0
  /** Tokens that are here, and no more there, without having been revoked there. */
  missing = 0
  /** Entries of the history. */
  history = 0

  count(key: string, type: TokenType | undefined, fate: Fate): void {
    const counts = this.#counts.get(type ?? 'unread') ?? { read: 0, imported: 0, known: 0, changed: 0, refused: 0 }
    this.#counts.set(type ?? 'unread', counts)
    counts.read++
    if (fate === 'imported' || fate === 'known' || fate === 'changed') {
      counts[fate]++
      return
    }
    counts.refused++
    const keys = this.#refused.get(fate)
    if (keys) keys.push(key)
    else this.#refused.set(fate, [key])
  }

  /** Returns how many were refused for a reason. */
  refusedFor(reason: ImportRefusal): number {
    return this.#refused.get(reason)?.length ?? 0
  }

  /** Whether a value that may be of a living token was not read. */
  get hasUnread(): boolean {
    return [...this.#refused.keys()].some((reason) => !HARMLESS.has(reason))
  }

  /** Whether anything was imported, changed, revoked or refused. */
  get hasNews(): boolean {
    const counts = [...this.#counts.values()]
    const isNew = counts.some(({ imported, changed, refused }) => imported + changed + refused > 0)
    return isNew || this.revoked > 0 || this.history > 0
  }

  get imported(): number {
    return [...this.#counts.values()].reduce((sum, { imported }) => sum + imported, 0)
  }

  get changed(): number {
    return [...this.#counts.values()].reduce((sum, { changed }) => sum + changed, 0)
  }

  /** Returns the table of the counts, its header first. */
  rows(): string[][] {
    const rows = [...TOKEN_TYPES, 'unread' as const].flatMap((type) => {
      const counts = this.#counts.get(type)
      if (!counts) return []
      const { read, imported, known, changed, refused } = counts
      return [[type, ...[read, imported, known, changed, refused].map(String)]]
    })
    return [['TYPE', 'READ', 'IMPORTED', 'ALREADY THERE', 'CHANGED THERE', 'REFUSED'], ...rows]
  }

  /** Returns a sentence for each refused token, by its key. */
  refusals(): string[] {
    return [...this.#refused].flatMap(([reason, keys]) => keys.map((key) => `token ${key} ${sentenceOf(reason)}`))
  }
}

function sentenceOf(reason: ImportRefusal): string {
  return reason === 'orphan' ? 'came from a token that has ended' : STORED_TOKEN_FAULTS[reason]
}
