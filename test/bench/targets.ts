import type { JunkQueries } from './junk-queries.js'
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
  readonly storeQueries: JunkQueries | undefined
}

const MANY = 100_000

/** Where servers have more time to spare, their throughput is limited by another process. */
export const BUSY_ENOUGH = 0.9

/** How much a refusal may cost, of what the bare server's answer does. */
const REFUSED = [
  ['refused: no credential', 1.1],
  ['refused: wrong secret', 1.5],
  ['refused: missing scope', 1.2],
] as const

/** The targets of what was measured. */
export function targets({ lines, bytesEach, storeQueries }: Found): Target[] {
  const check = lines.find(({ letter }) => letter === 'a')
  const throughNginx = lines.find(({ letter }) => letter === 'b')
  const bySocket = lines.find(({ name }) => name.endsWith('by a Unix socket'))
  return [
    ...of(check, (line) => [
      atMost('(a) CPU, of the bare server’s', line.ratios.cpu, 0.95),
      ofServer(line, atLeast('(a) throughput, of the bare server’s', line.ratios.throughput, 1)),
      ofServer(line, atMost('(a) p99, of the bare server’s', line.ratios.p99, 1.2)),
    ]),
    ...of(throughNginx, (line) => [
      ofServer(line, atLeast('(b) throughput, of the bare server’s, behind nginx', line.ratios.throughput, 0.8)),
    ]),
    ...of(bySocket, (line) => [
      atMost('(b) CPU of nginx and server by a Unix socket, of nginx and the bare server’s', line.ratios.cpu, 1),
    ]),
    ...REFUSED.flatMap(([name, most]) =>
      of(
        lines.find((line) => line.name === name),
        (line) => [atMost(`(j) CPU, of the bare server’s, ${name}`, line.ratios.cpu, most)],
      ),
    ),
    ...of(storeQueries, ({ because }) => [atMost('(g) store queries a second because of junk', because, 1)]),
    ...of(warmest(lines), (line) => [
      atMost('(h) seconds of CPU to meet 100,000 tokens', (MANY * line.figures.cpu) / 1e6, 15),
      unlessKeptWaiting(line, atMost('(h) seconds to meet 100,000 tokens', MANY / line.figures.throughput, 15)),
    ]),
    ...of(bytesEach, (each) => [atMost('(h) bytes a token', each, 400)]),
  ]
}

/** The first checks over as many connections as the process is quickest with. */
function warmest(lines: readonly Line[]): Line | undefined {
  const first = lines.filter(({ letter, name }) => letter === 'h' && name.includes('first checks'))
  return first.sort((a, b) => b.figures.throughput - a.figures.throughput)[0]
}

function of<T>(found: T | undefined, held: (found: T) => Target[]): Target[] {
  return found === undefined ? [] : held(found)
}

function ofServer({ figures }: Line, target: Target): Target {
  if (figures.busy >= BUSY_ENOUGH) return target
  return { ...target, verdict: 'cannot be told: the servers were kept waiting' }
}

/** A bound that is kept is kept, also by a server that could have done more. */
function unlessKeptWaiting(line: Line, target: Target): Target {
  return target.verdict === 'reached' ? target : ofServer(line, target)
}

function atLeast(name: string, is: number, least: number): Target {
  return { name, wanted: `≥ ${least}`, is, verdict: is >= least ? 'reached' : 'MISSED' }
}

function atMost(name: string, is: number, most: number): Target {
  return { name, wanted: `≤ ${most}`, is, verdict: is <= most ? 'reached' : 'MISSED' }
}
