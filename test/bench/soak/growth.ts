import { median } from '../measure.js'

/** What a process has at one moment. */
export interface Sample {
  /** Since the load began. */
  readonly seconds: number
  /** Resident memory, in bytes, after a garbage collection. */
  readonly rss: number
  /** The heap and what it holds outside, in bytes, after a garbage collection. */
  readonly heap: number
  /** Open files, sockets among them. */
  readonly files: number
  /** What keeps Node's event loop running: timers, sockets, requests. */
  readonly handles: number
}

/** How one figure changed from the first quarter of the settled time to the last. */
export interface Growth {
  readonly name: Exclude<keyof Sample, 'seconds'>
  readonly first: number
  readonly last: number
  /** 0.05 is five in a hundred more. */
  readonly share: number
  readonly isTooMuch: boolean
}

/** Before this share of the time, caches fill and code is compiled. */
const SETTLING = 1 / 6
export const MOST_GROWTH = 0.05

/** A few files or timers more are what is under way just now. */
const FEW = { rss: 0, heap: 0, files: 8, handles: 8 } as const

/**
 * Compares the first and the last quarter of the settled time: the medians of memory, and the fewest files and handles, because the
 * others are of requests that are under way.
 */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const end = samples.at(-1)?.seconds ?? 0
  const settled = samples.filter(({ seconds }) => seconds >= end * SETTLING)
  const quarter = Math.ceil(settled.length / 4)
  return (['rss', 'heap', 'files', 'handles'] as const).map((name) => {
    const of = (some: readonly Sample[]) => {
      const figures = some.map((sample) => sample[name])
      return name === 'rss' || name === 'heap' ? median(figures) : Math.min(...figures)
    }
    const [first, last] = [of(settled.slice(0, quarter)), of(settled.slice(-quarter))]
    const share = last / first - 1
    // Not `>`: figures that are missing are no proof.
    const isSmall = share <= MOST_GROWTH || last - first <= FEW[name]
    return { name, first, last, share, isTooMuch: !isSmall }
  })
}
