import { figure, table } from '../support/table.js'
import type { JunkQueries } from './junk-queries.js'
import type { Line } from './lines.js'
import { BUSY_ENOUGH, type Target } from './targets.js'

interface Report {
  readonly machine: object
  readonly lines: readonly Line[]
  readonly targets: readonly Target[]
  readonly storeQueries?: JunkQueries | undefined
}

// biome-ignore format: a table reads in columns
const COLUMNS = [
  ['a second', 'throughput'],
  ['p50 ms',   'p50'],
  ['p99 ms',   'p99'],
  ['CPU µs',   'cpu'],
] as const

/** A report for people. */
export function printed({ machine, lines, targets, storeQueries }: Report): string {
  const head = ['', ...COLUMNS.flatMap(([title]) => [title, '×']), 'busy', 'PostgreSQL µs', 'Redis µs']
  const rows = lines.map(({ letter, name, figures, ratios, stores }) => [
    letter ? `(${letter}) ${name}` : `    ${name}`,
    ...COLUMNS.flatMap(([, key]) => [figure(figures[key]), figure(ratios[key])]),
    `${Math.round(figures.busy * 100)} %`,
    ...(stores ? [figure(stores.postgres), figure(stores.redis)] : ['', '']),
  ])
  const verdicts = targets.map(({ name, wanted, is, verdict }) => [name, wanted, figure(is), verdict])
  return [
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
    table([head, ...rows]),
    '×: of the bare server’s figure in the same round; behind nginx, of the bare server’s behind nginx.',
    `Busy: how much of the time the servers worked. Below ${BUSY_ENOUGH * 100} % it was the client that was too slow, or somebody else had`,
    'the CPU: then CPU time tells what a check costs, and throughput does not.',
    'PostgreSQL, Redis: their CPU time an answer, with what the server’s jobs have them do meanwhile, such as the chain of the audit trail.',
    ...(storeQueries ? [sentenceOf(storeQueries)] : []),
    '',
    table([['target', 'wanted', 'is', ''], ...verdicts]),
  ].join('\n')
}

function sentenceOf({ without, with: withJunk, because, kinds }: JunkQueries): string {
  const each = Object.entries(kinds).map(([kind, rate]) => `${figure(rate)} ${kind}`)
  return [
    `(g) Store queries a second: ${figure(without)} without junk, ${figure(withJunk)} with it, of these ${figure(because)} because of it:`,
    ...each,
  ].join('\n    ')
}
