/**
 * Counts events by one or two labels. The values of a label come from a closed set in source: with users, addresses or
 * keys as labels, memory would grow with every client, and the metrics would reveal what belongs in the log alone.
 */
export class LabelledCounter {
  readonly #rows = new Map<string, Map<string, { count: number }>>()

  /** @param firsts are there with 0 from the start: Prometheus sees no increase in a series that begins with its first event */
  constructor(...firsts: readonly string[]) {
    for (const first of firsts) this.add(first, '', 0)
  }

  add(first: string, second = '', by = 1): void {
    let row = this.#rows.get(first)
    if (!row) {
      row = new Map()
      this.#rows.set(first, row)
    }
    const cell = row.get(second)
    if (cell) cell.count += by
    else row.set(second, { count: by })
  }

  *[Symbol.iterator](): Generator<readonly [first: string, second: string, count: number]> {
    for (const [first, row] of this.#rows) for (const [second, { count }] of row) yield [first, second, count]
  }
}

/** A histogram of measured values: how many are at most each bound. */
export class Distribution {
  readonly bounds: readonly number[]
  /** Values above the bound before and at most this one; the last is for those above all bounds. */
  readonly counts: number[]
  sum = 0

  /** @param bounds ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array<number>(bounds.length + 1).fill(0)
  }

  record(value: number): void {
    let at = 0
    while (value > (this.bounds[at] ?? Number.POSITIVE_INFINITY)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}
