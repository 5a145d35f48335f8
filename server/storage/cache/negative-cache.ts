import type { TokenKey } from '../../core/token/token.js'
import { areSound, type Ground } from './dependencies.js'

/** Long enough that a program which goes on sending a dead token asks the stores no more than this often. */
const REMEMBERED_MS = 2_000
const MOST = 10_000

interface Unknown {
  readonly until: number
  /** Why it is not living: a disabled owner, an ended parent. Whoever enables the owner again does not know this key. */
  readonly grounds: readonly Ground[]
}

/** Keys that no living token has, for a moment. Who invents keys pushes out other inventions, and never a token. */
export class UnknownKeys {
  readonly #all = new Map<TokenKey, Unknown>()
  readonly #onDrop: (grounds: readonly Ground[]) => void

  constructor(onDrop: (grounds: readonly Ground[]) => void) {
    this.#onDrop = onDrop
  }

  add(key: TokenKey, grounds: readonly Ground[], readAt: number): void {
    this.delete(key)
    this.#all.set(key, { until: readAt + REMEMBERED_MS, grounds })
    if (this.#all.size <= MOST) return
    const [oldest] = this.#all.keys()
    if (oldest !== undefined) this.delete(oldest)
  }

  has(key: TokenKey, now: number): boolean {
    const unknown = this.#all.get(key)
    if (unknown === undefined) return false
    if (now < unknown.until && areSound(unknown.grounds)) return true
    this.delete(key)
    return false
  }

  delete(key: TokenKey): void {
    const unknown = this.#all.get(key)
    if (unknown === undefined) return
    this.#all.delete(key)
    this.#onDrop(unknown.grounds)
  }

  /** Drops all of them at once, and tells nobody. */
  clear(): void {
    this.#all.clear()
  }
}
