/** A user's quota: Gafaelfawr's quota object. */
export interface Quota {
  /** Requests per minute, by service. */
  readonly api: Readonly<Record<string, number>>
  /** Bytes, by mount. */
  readonly disk: Readonly<Record<string, number>>
  readonly notebook?: NotebookQuota | undefined
  readonly tap: Readonly<Record<string, { readonly concurrent: number }>>
}

export interface NotebookQuota {
  readonly cpu: number
  /** GiB. */
  readonly memory: number
  readonly spawn: boolean
}

/** A site's quotas: a default, additions by group, and groups without any limit. */
export interface QuotaConfig {
  readonly default?: Quota | undefined
  readonly groups?: Readonly<Record<string, Quota>> | undefined
  readonly bypass?: readonly string[] | undefined
}

/** No limit of any kind, for members of a bypass group. */
const UNLIMITED: Quota = { api: {}, disk: {}, tap: {} }

/**
 * Computes the quota of a member of these groups: the default plus each group's addition. An override is computed in the
 * same way and then replaces the configured quota service by service.
 *
 * @returns undefined when nothing is limited
 */
export function quotaFor(
  groups: readonly string[],
  config: QuotaConfig | undefined,
  override?: QuotaConfig,
): Quota | undefined {
  const base = sumFor(groups, config)
  const replacing = sumFor(groups, override)
  if (isBypassed(groups, override)) return UNLIMITED
  if (replacing === undefined) return base
  if (base === undefined) return replacing
  return {
    api: { ...base.api, ...replacing.api },
    disk: { ...base.disk, ...replacing.disk },
    notebook: replacing.notebook ?? base.notebook,
    tap: isEmpty(replacing.tap) ? base.tap : replacing.tap,
  }
}

function isBypassed(groups: readonly string[], config: QuotaConfig | undefined): boolean {
  return config?.bypass?.some((group) => groups.includes(group)) ?? false
}

function sumFor(groups: readonly string[], config: QuotaConfig | undefined): Quota | undefined {
  if (!config) return undefined
  if (isBypassed(groups, config)) return UNLIMITED
  const parts = [config.default, ...[...new Set(groups)].map((group) => ownProperty(config.groups, group))]
  const sum = parts.filter((each) => each !== undefined).reduce(add, UNLIMITED)
  return saysNothing(sum) ? undefined : sum
}

const isEmpty = (map: Readonly<Record<string, unknown>>): boolean => Object.keys(map).length === 0

function saysNothing({ api, disk, notebook, tap }: Quota): boolean {
  return isEmpty(api) && isEmpty(disk) && notebook === undefined && isEmpty(tap)
}

function add(a: Quota, b: Quota): Quota {
  return {
    api: sumNumbers(a.api, b.api),
    disk: sumNumbers(a.disk, b.disk),
    notebook: addNotebooks(a.notebook, b.notebook),
    tap: addTap(a.tap, b.tap),
  }
}

function addNotebooks(a: NotebookQuota | undefined, b: NotebookQuota | undefined): NotebookQuota | undefined {
  if (!a || !b) return a ?? b
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, spawn: a.spawn && b.spawn }
}

type Tap = NonNullable<Quota['tap']>

function addTap(a: Tap, b: Tap): Tap {
  const services = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const concurrent = (service: string) =>
    (ownProperty(a, service)?.concurrent ?? 0) + (ownProperty(b, service)?.concurrent ?? 0)
  return Object.fromEntries(services.map((service) => [service, { concurrent: concurrent(service) }]))
}

function sumNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [name, number] of Object.entries(b)) sum[name] = (ownProperty(a, name) ?? 0) + number
  return sum
}

/** A group or service may be called `constructor`: only what the site wrote down is a quota. */
function ownProperty<V>(map: Readonly<Record<string, V>> | undefined, name: string): V | undefined {
  return map && Object.hasOwn(map, name) ? map[name] : undefined
}
