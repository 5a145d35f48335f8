import type { Line } from './lines.js'

/** The targets of Postern's performance. */
export interface Target {
  readonly name: string
  readonly wanted: string
  readonly is: number
  readonly verdict: 'reached' | 'MISSED' | 'cannot be told: the servers were kept waiting'
}

interface Found {
  readonly lines: readonly Line[]
  readonly bytesEach: number | undefined
  readonly storeQueries: number | undefined
}

/** Where servers have more time to spare, their throughput is limited by another process. */
export const BUSY_ENOUGH = 0.9

/** The targets of what was measured. */
export function targets({ lines, bytesEach, storeQueries }: Found): Target[] {
  const check = lines.find(({ letter }) => letter === 'a')
  const throughNginx = lines.find(({ letter }) => letter === 'b')
  return [
    ...of(check, (line) => [
      ofServer(line, atLeast('(a) throughput, of the bare server’s', line.ratios.throughput, 0.85)),
      ofServer(line, atMost('(a) p99, of the bare server’s', line.ratios.p99, 2)),
    ]),
    ...of(throughNginx, (line) => [
      ofServer(line, atLeast('(b) throughput, of the bare server’s, behind nginx', line.ratios.throughput, 0.8)),
    ]),
    ...of(storeQueries, (each) => [atMost('(g) store queries a second', each, 1)]),
    ...of(bytesEach, (each) => [atMost('(h) bytes a token', each, 1024)]),
  ]
}

function of<T>(found: T | undefined, held: (found: T) => Target[]): Target[] {
  return found === undefined ? [] : held(found)
}

function ofServer({ figures }: Line, target: Target): Target {
  if (figures.busy >= BUSY_ENOUGH) return target
  return { ...target, verdict: 'cannot be told: the servers were kept waiting' }
}

function atLeast(name: string, is: number, least: number): Target {
  return { name, wanted: `≥ ${least}`, is, verdict: is >= least ? 'reached' : 'MISSED' }
}

function atMost(name: string, is: number, most: number): Target {
  return { name, wanted: `≤ ${most}`, is, verdict: is <= most ? 'reached' : 'MISSED' }
}
