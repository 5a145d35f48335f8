// The load that a site puts on processes and stores, by part. Measured: counts and CPU time of each act and of heartbeats, by
// the real components (`measure.ts`). Arithmetic: how often a site does each act, and what all of them come to.
import { poolSizeOf } from '../../../server/operate/lifecycle/worker-count.js'
import { settingsSchema } from '../../../server/settings/schema.js'
import { continued, exponent, type Point } from './growth.js'

/** What a site has and does. */
export interface Site {
  readonly name: string
  readonly replicas: number
  readonly workers: number
  readonly tokens: number
  /** Tokens that are used within a minute or so, evenly. */
  readonly inUse: number
  /** Checks a second. */
  readonly checks: number
  /** Which replicas see a token: one, where the proxy chooses it by the token, or all of them in turn. */
  readonly balance: 'by token' | 'in turn'
}

/** What one act takes of the stores. */
export interface ActCost {
  /** Of the site, an act: commands to Redis. */
  readonly commands: readonly Point[]
  /** Statements to PostgreSQL. */
  readonly statements: readonly Point[]
  /** Invalidations that Redis delivers, to all processes. */
  readonly deliveries: readonly Point[]
  /** CPU time, microseconds, at the smallest of these sizes. */
  readonly redis: number
  readonly postgres: number
}

// biome-ignore format: a table reads in columns
export const ACTS = {
  firstCheck:        'first check of a user token',
  firstSessionCheck: 'first check of a session',
  readAgain:         'token read again',
  useWritten:        'use of a user token written',
  sessionUseWritten: 'use of a session written',
  made:              'token made',
  signedIn:          'session made',
  revoked:           'token revoked',
  delegated:         'delegated token made',
  counted:           'check counted against a quota',
} as const

export type Act = keyof typeof ACTS

export interface Measured {
  /** A second, of a site of so many processes. */
  readonly heartbeats: {
    readonly commands: readonly Point[]
    readonly deliveries: readonly Point[]
    /** CPU time of Redis for one command with one delivery; microseconds. */
    readonly redis: number
  }
  /** CPU time of Redis for one delivery of an invalidation; microseconds. */
  readonly delivery: number
  /** A second, of a site of so many replicas that wait: what their jobs ask. */
  readonly jobs: { readonly commands: readonly Point[]; readonly statements: readonly Point[] }
  readonly acts: Readonly<Record<Act, ActCost>>
}

/** CPU time of a process, microseconds, and bytes of memory: of the published run of `npm run bench`. */
export interface ProcessCosts {
  readonly check: number
  readonly first: number
  readonly delegated: number
  readonly bytesPerToken: number
}

/** The load of one part of the work. */
export interface Part {
  readonly name: string
  /** How often a second, over the site. */
  readonly rate: number
  /** Cores of Redis. */
  readonly redis: number
  /** Cores of PostgreSQL. */
  readonly postgres: number
  readonly statements: number
}

export interface Load {
  readonly site: Site
  readonly parts: readonly Part[]
  readonly processes: number
  /** Cores of all processes of Postern. */
  readonly cores: number
  readonly redis: number
  readonly postgres: number
  /** Tokens that each process caches, and what they take. */
  readonly cached: number
  readonly megabytes: number
  /** Connections to PostgreSQL, as the settings are, and with as few as each process can work with. */
  readonly connections: { readonly auto: number; readonly least: number }
}

const DAY = 86_400
/** A site's habits: of the tokens in use, sessions; those with a token for a service; how long a token lives. */
const SESSIONS = 0.2
const DELEGATING = 0.3
const LIFETIME = 30 * DAY
const SIGN_INS_A_DAY = 2
const DELEGATIONS_A_DAY = 4
/** How often a last use is written, and how long a cached token is good; seconds. */
const WRITE_SECONDS = 60
const { memoryMaxAge, memoryMaxTokens } = settingsSchema.parse({ baseUrl: 'https://example.org' })

/** Processes that hear invalidations: the workers, and the main process that has several of them. */
export function listenersOf({ replicas, workers }: Pick<Site, 'replicas' | 'workers'>): number {
  return replicas * (workers === 1 ? 1 : workers + 1)
}

export function loadOf(site: Site, measured: Measured, costs: ProcessCosts): Load {
  const rates = ratesOf(site)
  const listeners = listenersOf(site)
  const parts = [
    heartbeats(measured, listeners),
    invalidations(measured, rates, listeners),
    jobs(measured, site.replicas),
    ...(Object.keys(ACTS) as Act[]).map((act) => actPart(act, measured.acts[act], rates[act], listeners)),
  ]
  const sum = (of: 'redis' | 'postgres') => parts.reduce((total, part) => total + part[of], 0)
  const cached = (site.inUse / site.replicas / site.workers) * copiesOf(site)
  return {
    site,
    parts,
    processes: listeners,
    cores:
      (site.checks * costs.check +
        (rates.firstCheck + rates.firstSessionCheck + rates.readAgain) * costs.first +
        rates.delegated * costs.delegated) /
      1e6,
    redis: sum('redis'),
    postgres: sum('postgres'),
    cached: Math.min(cached, memoryMaxTokens),
    megabytes: (Math.min(cached, memoryMaxTokens) * costs.bytesPerToken) / 1e6,
    connections: { auto: connectionsOf(site, 'auto'), least: 2 * listeners },
  }
}

/** How many processes see one token. A replica's connections go to its workers in turn. */
function copiesOf({ balance, replicas, workers }: Site): number {
  return balance === 'by token' ? workers : replicas * workers
}

/** How often a second the site does each act. Uses of a token arrive at random, so that the next is one over their rate away. */
function ratesOf(site: Site): Record<Act, number> {
  const copies = copiesOf(site)
  const wait = (site.inUse * copies) / site.checks
  const reads = (site.inUse * copies) / (memoryMaxAge / 2 + wait)
  // The next use comes when the entry is no longer good.
  const late = Math.exp(-memoryMaxAge / 2 / wait)
  const writes = (site.inUse * copies) / (WRITE_SECONDS + wait)
  const changes = site.tokens / LIFETIME
  return {
    firstCheck: reads * late * (1 - SESSIONS),
    firstSessionCheck: reads * late * SESSIONS,
    readAgain: reads * (1 - late),
    useWritten: writes * (1 - SESSIONS),
    sessionUseWritten: writes * SESSIONS,
    made: changes,
    revoked: changes,
    signedIn: (site.inUse * SESSIONS * SIGN_INS_A_DAY) / DAY,
    delegated: (site.inUse * DELEGATING * DELEGATIONS_A_DAY) / DAY,
    counted: 0,
  }
}

function heartbeats({ heartbeats: { commands, deliveries, redis } }: Measured, listeners: number): Part {
  const [asked, delivered] = [continued(commands, listeners), continued(deliveries, listeners)]
  return { name: 'heartbeats', rate: delivered, redis: ((asked + delivered) * redis) / 1e6, postgres: 0, statements: 0 }
}

/** What each change costs Redis for every process that hears of it. */
function invalidations({ acts, delivery }: Measured, rates: Record<Act, number>, listeners: number): Part {
  const delivered = (Object.keys(ACTS) as Act[]).reduce(
    (total, act) => total + rates[act] * continued(acts[act].deliveries, listeners),
    0,
  )
  return { name: 'invalidations', rate: delivered, redis: (delivered * delivery) / 1e6, postgres: 0, statements: 0 }
}

/** The jobs' commands and statements at the price of the cheapest act's. */
function jobs({ jobs: { commands, statements }, acts: { made, delegated } }: Measured, replicas: number): Part {
  const [asked, stated] = [continued(commands, replicas), continued(statements, replicas)]
  const perCommand = delegated.redis / Math.max(1, delegated.commands[0]?.count ?? 1)
  const perStatement = made.postgres / Math.max(1, made.statements[0]?.count ?? 1)
  return {
    name: 'jobs of replicas that wait',
    rate: asked + stated,
    redis: (asked * perCommand) / 1e6,
    postgres: (stated * perStatement) / 1e6,
    statements: stated,
  }
}

function actPart(act: Act, cost: ActCost, rate: number, listeners: number): Part {
  return {
    name: ACTS[act],
    rate,
    redis: (rate * cost.redis * grown(cost.commands, listeners)) / 1e6,
    postgres: (rate * cost.postgres * grown(cost.statements, listeners)) / 1e6,
    statements: rate * continued(cost.statements, listeners),
  }
}

/** By how much an act is dearer in a site of so many processes than where its CPU time was measured. */
function grown(points: readonly Point[], processes: number): number {
  const first = points[0]?.count ?? 0
  return first === 0 ? 1 : Math.max(1, continued(points, processes) / first)
}

function connectionsOf({ replicas, workers }: Site, setting: 'auto'): number {
  const ofWorkers = workers === 1 ? 0 : workers * poolSizeOf(setting, workers, 'worker')
  return replicas * (poolSizeOf(setting, workers, 'primary') + ofWorkers)
}

/** How fast a part may grow with the site, and how much of a core it may take at the largest, where it is more than a line. */
interface Bound {
  readonly exponent: number
  readonly cores?: number
}

/** Measurements differ by so much from run to run. */
const TOLERANCE = 0.1
const LINEAR: Bound = { exponent: 1 }
/** Every process hears of every change, and both grow with the site: a square, which has to stay small. */
const BOUNDS: Readonly<Record<string, Bound>> = { invalidations: { exponent: 2, cores: 0.25 } }

/** Below this nothing grows to a wall; cores. */
const NEGLIGIBLE = 0.001

/** Shares of a site: what it was before it had grown. */
const SHARES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]

/** The same site with a share of its replicas, tokens and traffic. */
export function shareOf(site: Site, share: number): Site {
  const replicas = Math.max(1, Math.round(site.replicas * share))
  const real = replicas / site.replicas
  return { ...site, replicas, tokens: site.tokens * real, inUse: site.inUse * real, checks: site.checks * real }
}

export interface Growth {
  readonly part: string
  readonly store: 'redis' | 'postgres'
  readonly exponent: number
  readonly cores: number
  readonly allowed: Bound
  readonly isTooFast: boolean
}

/** Says of each part how it grows with the site, and whether faster than it may. */
export function growthOf(site: Site, measured: Measured, costs: ProcessCosts): Growth[] {
  const loads = SHARES.map((share) => loadOf(shareOf(site, share), measured, costs))
  const names = loads[0]?.parts.map(({ name }) => name) ?? []
  return names.flatMap((part) =>
    (['redis', 'postgres'] as const).flatMap((store) => {
      const points = loads.map((load) => ({
        processes: load.processes,
        count: load.parts.find(({ name }) => name === part)?.[store] ?? 0,
      }))
      const cores = points.at(-1)?.count ?? 0
      if (cores < NEGLIGIBLE) return []
      const steps = points.slice(1).map((point, index) => exponent(points[index] ?? point, point))
      const fastest = Math.max(...steps)
      const allowed = BOUNDS[part] ?? LINEAR
      const isTooFast = fastest > allowed.exponent + TOLERANCE || cores > (allowed.cores ?? Number.POSITIVE_INFINITY)
      return [{ part, store, exponent: fastest, cores, allowed, isTooFast }]
    }),
  )
}
