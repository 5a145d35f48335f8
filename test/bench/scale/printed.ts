import { figure, table } from '../../support/table.js'
import {
  type Growth,
  growthOf,
  type Load,
  loadOf,
  type Measured,
  type ProcessCosts,
  type Site,
  shareOf,
} from './model.js'

/** A whole number. */
const whole = (count: number) => Math.round(count).toLocaleString('en')

const share = (cores: number) => `${figure(cores * 100)} %`

/** Each part of a site, and what it takes of the stores. */
export function printedParts(load: Load, growth: readonly Growth[]): string {
  const power = (part: string, store: Growth['store']) => {
    const found = growth.find((each) => each.part === part && each.store === store)
    return found ? found.exponent.toFixed(2) : ''
  }
  const rows = load.parts.map(({ name, rate, redis, postgres, statements }) => [
    name,
    figure(rate),
    share(redis),
    power(name, 'redis'),
    figure(postgres),
    power(name, 'postgres'),
    figure(statements),
  ])
  const head = ['', 'a second', 'of a Redis core', 'grows by', 'PostgreSQL cores', 'grows by', 'statements/s']
  return table([head, ...rows])
}

/** Sites in rows, and what each takes. */
export function siteRows(sites: readonly Site[], measured: Measured, costs: ProcessCosts): string[][] {
  return sites
    .map((site) => loadOf(site, measured, costs))
    .map(({ site, processes, cores, redis, postgres, cached, megabytes, connections }) => [
      site.name,
      `${site.replicas} × ${site.workers}`,
      whole(site.checks),
      whole(site.tokens),
      whole(site.inUse),
      whole(processes),
      figure(cores),
      share(redis),
      figure(postgres),
      `${whole(cached)}, ${figure(megabytes)} MB`,
      `${whole(connections.auto)}, ${whole(connections.least)}`,
    ])
}

export const SITE_COLUMNS = [
  'Site',
  'replicas × workers',
  'checks a second',
  'tokens',
  'in use',
  'listeners',
  'cores of Postern',
  'of a Redis core',
  'cores of PostgreSQL',
  'cached a process',
  'connections: auto, least',
]

/** The same site at shares of its size. */
export function printedSizes(site: Site, measured: Measured, costs: ProcessCosts): string {
  const sites = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1].map((part) => shareOf(site, part))
  return table([SITE_COLUMNS, ...siteRows(sites, measured, costs)])
}

/** @returns an empty list where each part grows as it may */
export function complaints(site: Site, measured: Measured, costs: ProcessCosts): string[] {
  return growthOf(site, measured, costs)
    .filter(({ isTooFast }) => isTooFast)
    .map(
      ({ part, store, exponent, cores, allowed }) =>
        `${part}: ${store} grows by the power ${exponent.toFixed(2)} of the site, to ${figure(cores)} cores; allowed are ${allowed.exponent}${
          allowed.cores === undefined ? '' : ` and ${allowed.cores} cores`
        }`,
    )
}
