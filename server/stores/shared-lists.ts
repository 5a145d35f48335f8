/** More different lists of scopes and groups than most sites have people. */
const MOST = 20_000

/** One list for all that hold the same: of a hundred thousand tokens most have the scopes of some other, and its groups. */
export class SharedLists {
  readonly #lists = new Map<string, readonly string[]>()

  share<T extends string>(list: readonly T[]): readonly T[] {
    const words = list.join('\n')
    const known = this.#lists.get(words)
    if (known) return known as readonly T[]
    if (this.#lists.size >= MOST) this.#lists.clear()
    const own = words === '' && list.length === 0 ? [] : (words.split('\n') as T[])
    this.#lists.set(words, own)
    return own
  }
}
