import { loadOf, type Site } from '../bench/scale/model.js'
import { SITE_COLUMNS, siteRows } from '../bench/scale/printed.js'
import { RESULTS, readProcessCosts, readRun, SITES } from '../bench/scale/sites.js'
import { figure } from '../support/table.js'
import { origin, withBlocks } from './blocks.js'
import { table } from './table.js'

const PAGE = 'deploy/docs/scale/scaling.md'

/** The blocks of the page that are made from the simulation, by the name in their comments. */
const BLOCKS: Readonly<Record<string, () => string>> = { sites, parts, 'in-turn': inTurn, larger }

export const scalingPage = () => withBlocks(PAGE, BLOCKS)

/** Below this a part is not worth a row; cores. */
const LEAST = 0.0005

const run = () => readRun(RESULTS)

function ofSites(all: readonly Site[]): string {
  return table(SITE_COLUMNS, siteRows(all, run().measured, readProcessCosts()))
}

function sites(): string {
  const { measured: _measured, ...from } = run()
  return `${origin(from)}${ofSites(SITES)}`
}

function parts(): string {
  const { parts: all } = loadOf(largest(), run().measured, readProcessCosts())
  const rows = all
    .filter(({ redis, postgres }) => redis > LEAST || postgres > LEAST)
    .map(({ name, rate, redis, postgres, statements }) => [
      name,
      figure(rate),
      `${figure(redis * 100)} %`,
      figure(postgres),
      figure(statements),
    ])
  return table(['', 'a second', 'of a Redis core', 'cores of PostgreSQL', 'statements a second'], rows)
}

function inTurn(): string {
  return ofSites(SITES.filter(({ replicas }) => replicas > 1).map((site) => ({ ...site, balance: 'in turn' as const })))
}

/** Twice as large, and so on. */
function larger(): string {
  const { name, replicas, tokens, inUse, checks, ...site } = largest()
  return ofSites(
    [2, 4, 8].map((times) => ({
      ...site,
      name: `${name} × ${times}`,
      replicas: replicas * times,
      tokens: tokens * times,
      inUse: inUse * times,
      checks: checks * times,
    })),
  )
}

function largest(): Site {
  const site = SITES.at(-1)
  if (!site) throw new Error('There is no site')
  return site
}
