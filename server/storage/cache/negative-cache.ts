import type { TokenKey } from '../../core/token/token.js'
import { areValid, type Dependency } from './dependencies.js'

/** Long enough that a program which goes on sending a dead token asks the stores no more than this often. */
const TTL_MS = 2_000
const MAX_KEYS = 10_000

interface NegativeEntry {
  readonly until: number
  /** Why it is not living: a disabled owner, an ended parent. Whoever enables the owner again does not know this key. */
  readonly dependencies: readonly Dependency[]
}

/** Keys that no living token has, for a moment. Who invents keys pushes out other inventions, and never a token. */
export class NegativeCache {
  readonly #all = new Map<TokenKey, NegativeEntry>()
  readonly #onDrop: (dependencies: readonly Dependency[]) => void

  constructor(onDrop: (dependencies: readonly Dependency[]) => void) {
    this.#onDrop = onDrop
  }

  add(key: TokenKey, dependencies: readonly Dependency[], readAt: number): void {
    this.delete(key)
    this.#all.set(key, { until: readAt + TTL_MS, dependencies })
    if (this.#all.size <= MAX_KEYS) return
    const [oldest] = this.#all.keys()
    if (oldest !== undefined) this.delete(oldest)
  }

  has(key: TokenKey, now: number): boolean {
    const unknown = this.#all.get(key)
    if (unknown === undefined) return false
    if (now < unknown.until && areValid(unknown.dependencies)) return true
    this.delete(key)
    return false
  }

  delete(key: TokenKey): void {
    const unknown = this.#all.get(key)
    if (unknown === undefined) return
    this.#all.delete(key)
    this.#onDrop(unknown.dependencies)
  }

  /** Drops all of them at once, and tells nobody. */
  clear(): void {
    this.#all.clear()
  }
}
