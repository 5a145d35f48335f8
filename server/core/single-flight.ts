/** Runs work once for all callers that want it at the same time: the others wait for the first one's outcome. */
export class SingleFlight<K, V> {
  readonly #underWay = new Map<K, Promise<V>>()

  /** Joins the work under way for a key, or begins it. A failure is the failure of all who wait. */
  run(key: K, work: () => Promise<V>): Promise<V> {
    const begun = this.#underWay.get(key)
    if (begun) return begun
    const flight = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, flight)
    return flight
  }

  /** Returns the work under way for a key; undefined when there is none. */
  underWay(key: K): Promise<V> | undefined {
    return this.#underWay.get(key)
  }
}
