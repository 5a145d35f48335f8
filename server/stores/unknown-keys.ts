import type { TokenKey } from '../core/token.js'

/** Long enough that a program which goes on sending a dead token asks the stores no more than this often. */
const REMEMBERED_MS = 2_000
const MOST = 10_000

/** Keys that no living token has, for a moment. Who invents keys pushes out other inventions, and never a token. */
export class UnknownKeys {
  readonly #until = new Map<TokenKey, number>()

  add(key: TokenKey, readAt: number): void {
    this.#until.delete(key)
    this.#until.set(key, readAt + REMEMBERED_MS)
    if (this.#until.size <= MOST) return
    for (const oldest of this.#until.keys()) {
      this.#until.delete(oldest)
      return
    }
  }

  has(key: TokenKey, now: number): boolean {
    const until = this.#until.get(key)
    if (until === undefined) return false
    if (now < until) return true
    this.#until.delete(key)
    return false
  }

  delete(key: string): void {
    this.#until.delete(key as TokenKey)
  }

  clear(): void {
    this.#until.clear()
  }
}
