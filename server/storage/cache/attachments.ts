import type { AttachedList } from './attached-list.js'
import type { CachedToken } from './cached-token.js'
import { ownerAmong, type Twin } from './dependencies.js'

const MAX_ATTACHMENTS = 8
const NONE: readonly never[] = []

/** A kind of values that are attached to cached tokens. */
export interface Attachable<A> {
  /** The size of a value, which counts as the token's. */
  readonly bytesOf: (item: A) => number
  /** Whether a value may stand for another: the tokens of one owner then share it. */
  readonly isSame?: (one: A, other: A) => boolean
}

/**
 * Values that another room derives from cached tokens, such as responses; evicted with their token. A token holds the
 * attachments of one owner at a time.
 */
export class TokenAttachments<A> {
  readonly #kind: Attachable<A>
  readonly #attach: (entry: CachedToken, list: AttachedList<A>) => boolean

  constructor(kind: Attachable<A>, attach: (entry: CachedToken, list: AttachedList<A>) => boolean) {
    this.#kind = kind
    this.#attach = attach
  }

  get(entry: CachedToken): readonly A[] {
    return this.#listOf(entry)?.items ?? NONE
  }

  /** Replaces the attachments of a token with the first few of these; ignored when the token is no longer cached. */
  set(entry: CachedToken, items: readonly A[]): void {
    const { isSame, bytesOf } = this.#kind
    const owner = ownerAmong(entry.dependencies)
    const known = isSame && owner?.twin && this.#listOf(owner.twin)
    const shared = items.slice(0, MAX_ATTACHMENTS).map((item) => ({
      item,
      known: known?.items.find((each) => isSame?.(each, item)),
    }))
    const first = shared.map((each) => each.known ?? each.item)
    const isKnown = known?.items.length === first.length && first.every((item, at) => item === known.items[at])
    const bytes = first.reduce((sum, item) => sum + bytesOf(item), 0)
    const isAttached = this.#attach(entry, isKnown ? known : { owner: this, items: first, bytes })
    // The next tokens of the owner find it with this one.
    if (isAttached && isSame && owner && shared.some((each) => each.known === undefined)) owner.twin = entry
  }

  #listOf({ attached }: Twin): AttachedList<A> | undefined {
    return attached !== undefined && this.#owns(attached) ? attached : undefined
  }

  #owns(list: AttachedList<unknown>): list is AttachedList<A> {
    return list.owner === this
  }
}
