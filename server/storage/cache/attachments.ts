import type { AttachedList, CachedToken } from './cached-token.js'

const MAX_ATTACHMENTS = 8
const NONE: readonly never[] = []

/**
 * Values that another room derives from cached tokens, such as responses; evicted with their token. The owner gives their
 * size, which counts as the token's. A token holds the attachments of one owner at a time.
 */
export class TokenAttachments<A> {
  readonly #bytesOf: (item: A) => number
  readonly #attach: (entry: CachedToken, list: AttachedList<A>) => void

  constructor(bytesOf: (item: A) => number, attach: (entry: CachedToken, list: AttachedList<A>) => void) {
    this.#bytesOf = bytesOf
    this.#attach = attach
  }

  get(entry: CachedToken): readonly A[] {
    const { attached } = entry
    return attached !== undefined && this.#owns(attached) ? attached.items : NONE
  }

  /** Replaces the attachments of a token with the first few of these; ignored when the token is no longer cached. */
  set(entry: CachedToken, items: readonly A[]): void {
    const first = items.slice(0, MAX_ATTACHMENTS)
    const bytes = first.reduce((sum, item) => sum + this.#bytesOf(item), 0)
    this.#attach(entry, { owner: this, items: first, bytes })
  }

  #owns(list: AttachedList<unknown>): list is AttachedList<A> {
    return list.owner === this
  }
}
