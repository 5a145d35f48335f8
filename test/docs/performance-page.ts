import { readFileSync } from 'node:fs'
import type { Place } from '../bench/peers/cases.js'
import { cellsOf, type PeersReport } from '../bench/peers/report.js'
import { figure } from '../support/table.js'
import { origin, type Run, withBlocks } from './blocks.js'
import { table } from './table.js'

/** The form of `npm run bench -- --json FILE`, of which the page needs this much. */
interface Checks extends Run {
  readonly rounds: number
  /** How many runs the ranges of the targets are from. */
  readonly runs?: number
  readonly lines: readonly Line[]
  readonly targets: readonly Target[]
}

interface Line {
  readonly letter: string
  readonly name: string
  readonly figures: { readonly throughput: number; readonly p50: number; readonly p99: number; readonly cpu: number }
  readonly ratios: { readonly cpu: number }
  readonly stores?: { readonly postgres: number; readonly redis: number }
}

interface Target {
  readonly name: string
  readonly wanted: string
  readonly is?: number
  readonly range?: readonly [number, number]
  readonly verdict: string
}

interface OpenId extends Run {
  readonly lines: readonly Beside[]
}

interface Beside {
  readonly name: string
  readonly figures: { readonly throughput: number; readonly cpu: number }
  readonly bare: { readonly throughput: number; readonly cpu: number }
  readonly ratios: { readonly throughput: number; readonly cpu: number }
}

interface Revocation extends Run {
  readonly results: readonly Phase[]
  readonly revived: number
}

interface Phase {
  readonly phase: { readonly name: string; readonly boundMs: number }
  readonly revocations: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

interface Faults extends Omit<Run, 'machine'> {
  readonly faults: number
  readonly deaths: number
  readonly seconds: number
  readonly checks: number
  readonly changes: number
  readonly tokens: number
  readonly wrongs: Readonly<Record<'admitted' | 'refused' | 'lost' | 'unusable' | 'failed', number>>
}

const PAGE = 'deploy/docs/performance.md'

/** The blocks of the page that are made from the results, by the name in their comments. */
const BLOCKS: Readonly<Record<string, () => string>> = { checks, targets, peers, revocation, openid, faults }

/** The page with each block, from `<!-- made: NAME -->` to `<!-- end -->`, made anew from the results. */
export function performancePage(): string {
  return withBlocks(PAGE, BLOCKS)
}

/** Every figure that a block must have; the page without one of them would publish fewer. */
export const BLOCK_NAMES: readonly string[] = Object.keys(BLOCKS)

function checks(): string {
  const { lines, ...run } = read<Checks>('checks')
  const hasStores = lines.some(({ stores }) => stores)
  const rows = lines.map(({ letter, name, figures, ratios, stores }) => [
    letter ? `(${letter}) ${name}` : name,
    ...[figures.throughput, figures.p50, figures.p99, figures.cpu, ratios.cpu].map(figure),
    ...(hasStores ? [stores?.postgres, stores?.redis].map((each) => (each === undefined ? '' : figure(each))) : []),
  ])
  const ofStores = hasStores ? ['CPU µs of PostgreSQL', 'CPU µs of Redis'] : []
  const head = ['', 'a second', 'p50 ms', 'p99 ms', 'CPU µs', 'CPU, of the bare server’s', ...ofStores]
  return `${origin(run)}${table(head, rows)}`
}

function targets(): string {
  const { runs, targets: all } = read<Checks>('checks')
  const ranges = runs !== undefined
  const rows = all.map(({ name, wanted, is, range, verdict }) => [
    name,
    wanted,
    is === undefined ? '' : figure(is),
    ...(ranges ? [range ? range.map(figure).join(' to ') : ''] : []),
    verdict === 'MISSED' ? 'missed' : verdict,
  ])
  return table(['Target', 'Wanted', 'Published run', ...(ranges ? [`Over ${runs} runs`] : []), ''], rows)
}

function peers(): string {
  const { contenders, missing, lines, rounds, command, date, machine } = read<PeersReport>('peers')
  const head = ['CPU µs', 'of the bare server’s', 'a second', 'p50 ms']
  const rowsOf = (place: Place) =>
    contenders.flatMap(({ name }) => {
      const cells = (['valid', 'refused'] as const).map((credential) => {
        const line = lines.find(
          (each) => each.contender === name && each.place === place && each.credential === credential,
        )
        return line === undefined ? ['', '', '', ''] : cellsOf(line)
      })
      const row = cells.flat()
      return row.some((cell) => cell !== '') ? [[place === 'socket' ? `${name}, by a Unix socket` : name, ...row]] : []
    })
  const heads = [...head, ...head.map((each) => `refused: ${each}`)]
  const checked = contenders.map(({ name, version, checks, configured }) => [name, version, checks, configured])
  return [
    `${origin({ command, date, machine: { ...machine, rounds } })}${table(['', 'Version', 'What it checks', 'Configured'], checked)}`,
    `Direct:\n\n${table(['', ...heads], rowsOf('direct'))}`,
    `Behind nginx, nginx and the server together:\n\n${table(['', ...heads], [...rowsOf('nginx'), ...rowsOf('socket')])}`,
    `Not found on that machine: ${missing.length > 0 ? missing.join(', ') : 'none'}.\n`,
  ].join('\n')
}

function revocation(): string {
  const { results, revived, ...run } = read<Revocation>('revocation')
  const rows = results.map(({ phase, revocations, ...ms }) => [
    phase.name,
    ...[revocations, ms.p50, ms.p99, ms.max, phase.boundMs].map(figure),
  ])
  const head = ['', 'revocations', 'p50 ms', 'p99 ms', 'max ms', 'bound ms']
  return `${origin(run)}${table(head, rows)}\nRevoked tokens that any process admitted afterwards: ${revived}.\n`
}

function openid(): string {
  const { lines, ...run } = read<OpenId>('openid')
  const rows = lines.map(({ name, figures, bare, ratios }) => [
    name,
    ...[figures.throughput, bare.throughput, ratios.throughput, figures.cpu, bare.cpu, ratios.cpu].map(figure),
  ])
  const head = ['', 'a second', 'alone', 'of that', 'CPU µs', 'alone', 'of that']
  return `${origin({ command: run.command, date: run.date, machine: run.machine })}${table(head, rows)}`
}

function faults(): string {
  const { wrongs, ...run } = read<Faults>('faults')
  const rows = [
    ['faults', run.faults],
    ['servers killed between two writes', run.deaths],
    ['seconds', run.seconds],
    ['checks', run.checks],
    ['changes', run.changes],
    ['tokens shown', run.tokens],
    ['wrongly admitted', wrongs.admitted],
    ['wrongly refused while the stores were up', wrongs.refused],
    ['confirmed changes lost', wrongs.lost],
    ['tokens shown but unusable', wrongs.unusable],
    ['requests answered 500', wrongs.failed],
  ] as const
  return `${origin(run)}${table(
    ['', 'Count'],
    rows.map(([name, count]) => [name, count.toLocaleString('en')]),
  )}`
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(`test/bench/results/${name}.json`, 'utf8')) as T
}
