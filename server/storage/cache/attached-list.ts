/** Values that their owner attached to a cached token. */
export interface AttachedList<A> {
  readonly owner: object
  readonly items: readonly A[]
  readonly bytes: number
}
