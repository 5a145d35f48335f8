import { readFileSync } from 'node:fs'
import type { Measured, ProcessCosts, Site } from './model.js'

const balance = 'by token' as const

/** The sites of `deploy/docs/scale/scaling.md`. */
// biome-ignore format: a table reads in columns
export const SITES: readonly Site[] = [
  { name: 'small',       replicas: 1,   workers: 1, tokens: 1_000,      inUse: 50,      checks: 50,        balance },
  { name: 'archive',     replicas: 2,   workers: 2, tokens: 50_000,     inUse: 2_000,   checks: 2_000,     balance },
  { name: 'observatory', replicas: 6,   workers: 4, tokens: 1_000_000,  inUse: 20_000,  checks: 40_000,    balance },
  { name: 'extreme',     replicas: 100, workers: 4, tokens: 10_000_000, inUse: 100_000, checks: 1_000_000, balance },
]

/** A published run of `npm run bench:scale`. */
export interface ScaleRun {
  readonly command: string
  readonly date: string
  readonly machine: Readonly<Record<string, unknown>>
  readonly measured: Measured
}

const CHECKS = 'test/bench/results/checks.json'

export const RESULTS = 'test/bench/results/scale.json'

export function readRun(file: string): ScaleRun {
  return JSON.parse(readFileSync(file, 'utf8')) as ScaleRun
}

interface Checks {
  readonly lines: readonly { readonly name: string; readonly figures: { readonly cpu: number } }[]
  readonly targets: readonly { readonly name: string; readonly is?: number }[]
}

/** What a check costs a process, of the published run of `npm run bench`. */
export function readProcessCosts(): ProcessCosts {
  const { lines, targets } = JSON.parse(readFileSync(CHECKS, 'utf8')) as Checks
  const cpuOf = (name: string) => found(lines, name).figures.cpu
  return {
    check: cpuOf('check of a cached token'),
    first: cpuOf('first check, PostgreSQL'),
    delegated: cpuOf('delegated token, derived'),
    bytesPerToken: found(targets, '(h) bytes a token').is ?? Number.NaN,
  }
}

function found<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const one = all.find((each) => each.name === name)
  if (!one) throw new Error(`${CHECKS} has no line ${name}`)
  return one
}
