import type { Figures } from './measure.js'

/** What Postern is held to. */
export interface Target {
  readonly name: string
  readonly wanted: string
  readonly is: number
  readonly reached: boolean
}

interface Found {
  readonly check: Figures
  readonly throughNginx: Figures
  readonly bytesEach: number
  readonly storeQueries: number
}

/** The ratios of the remembered check, and the figures that have a bound of their own. */
export function targets({ check, throughNginx, bytesEach, storeQueries }: Found): Target[] {
  return [
    atLeast('(a) throughput of the bare server’s', check.throughput, 0.85),
    atLeast('(b) throughput of the bare server’s, through nginx', throughNginx.throughput, 0.8),
    atMost('(a) p99 of the bare server’s', check.p99, 2),
    atMost('(h) bytes a token', bytesEach, 1024),
    atMost('(g) store queries a second', storeQueries, 1),
  ]
}

function atLeast(name: string, is: number, least: number): Target {
  return { name, wanted: `≥ ${least}`, is, reached: is >= least }
}

function atMost(name: string, is: number, most: number): Target {
  return { name, wanted: `≤ ${most}`, is, reached: is <= most }
}
