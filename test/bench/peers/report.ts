import { figure, table } from '../../support/table.js'
import type { Line } from '../lines.js'
import type { Credential, PeerCase, Place } from './cases.js'
import type { Contender } from './contender.js'

/** The form of test/bench/results/peers.json. */
export interface PeersReport {
  readonly command: string
  readonly date: string
  readonly machine: Readonly<Record<string, unknown>>
  readonly rounds: number
  /** The peers that were not found, by name. */
  readonly missing: readonly string[]
  readonly contenders: readonly Pick<Contender, 'name' | 'version' | 'checks' | 'configured'>[]
  readonly lines: readonly PeerLine[]
}

/** Figures of a server whose process is not known have no CPU time, which JSON has as null. */
export interface PeerLine extends Pick<Line, 'figures' | 'ratios' | 'cpuRange'> {
  readonly contender: string
  readonly place: Place
  readonly credential: Credential
}

export const peerLines = (cases: readonly PeerCase[], lines: readonly Line[]): PeerLine[] =>
  cases.flatMap(({ contender, place, credential }, at) => {
    const { figures, ratios, cpuRange } = lines[at] ?? {}
    return figures && ratios && cpuRange ? [{ contender, place, credential, figures, ratios, cpuRange }] : []
  })

/** The figures of a line as cells: CPU µs [least–most], of the bare server's, a second, p50 ms. */
export function cellsOf({ figures, ratios, cpuRange }: PeerLine): string[] {
  const range = Number.isFinite(cpuRange[0]) ? ` [${cpuRange.map(figure).join('–')}]` : ''
  return [`${known(figures.cpu)}${range}`, known(ratios.cpu), known(figures.throughput), known(figures.p50)]
}

const known = (value: number | null) => (value === null ? '-' : figure(value))

/** A report for people. */
export function printedPeers({ machine, missing, contenders, lines }: PeersReport): string {
  const rows = lines.map((line) => [`${line.contender}, ${line.credential}`, line.place, ...cellsOf(line)])
  return [
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
    ...contenders.map(
      ({ name, version, checks, configured }) => `${name} ${version}: checks ${checks} (${configured})`,
    ),
    '',
    table([['', '', 'CPU µs', '×', 'a second', 'p50 ms'], ...rows]),
    '×: of the bare server’s CPU time in the same round; behind nginx, of the bare server’s behind nginx, by TCP.',
    missing.length > 0 ? `Not found: ${missing.join(', ')}.` : 'All peers were found.',
  ].join('\n')
}
