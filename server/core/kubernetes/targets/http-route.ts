import { createHash } from 'node:crypto'
import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import { type Manifest, ownedMetadata } from '../manifest.js'
import type { PathRule, ProtectedRoute } from '../route.js'
import { FORGED_HEADERS } from './forwarded-headers.js'
import type { Made } from './made.js'
import { type RouteOptions, routeOptions } from './nginx-annotations.js'
import { type PathMatch, pathMatch } from './path-match.js'

export const GATEWAY_API = 'gateway.networking.k8s.io'

/** The bounds of HTTPRoute's CRD. */
const MAX_RULES = 16
const MAX_MATCHES = 64
/** And of every name. */
const MAX_NAME = 253

/** One `rules` entry of HTTPRoute. */
interface Rule {
  readonly matches: readonly object[]
  readonly filters: readonly object[]
  readonly backendRefs: readonly object[]
  readonly timeouts?: object
}

/**
 * The HTTPRoutes of a route, one for each host, since each has rules of its own.
 *
 * @param filters what asks the check, before all others
 */
export function httpRoutes(
  route: ProtectedRoute,
  site: GatewaySite,
  filters: readonly object[],
): Made | FieldProblem[] {
  const options = routeOptions(route, site)
  if ('length' in options) return options
  const problems: FieldProblem[] = []
  if (site.parents.length === 0)
    problems.push({ path: '', message: 'kubernetes.gateways names no Gateway to attach to' })
  const hosts = groupByHost(route)
  const objects = [...hosts].map(([host, paths]) => {
    const rules = rulesOf(route, paths, { options, site, filters, problems })
    return httpRoute(route, site, { host, rules, options, isOnly: hosts.size === 1 })
  })
  return problems.length > 0 ? problems : { objects, warnings: warningsOf(route) }
}

/** A path, and where the resource states it. */
type StatedPath = readonly [path: PathRule, field: string]

function groupByHost({ template, fields }: ProtectedRoute): Map<string, StatedPath[]> {
  const hosts = new Map<string, StatedPath[]>()
  for (const [index, { host, http }] of template.spec.rules.entries()) {
    const stated = http.paths.map((path, at): StatedPath => [path, `${fields.spec}.rules[${index}].http.paths[${at}]`])
    hosts.set(host, [...(hosts.get(host) ?? []), ...stated])
  }
  return hosts
}

interface Making {
  readonly options: RouteOptions
  readonly site: GatewaySite
  readonly filters: readonly object[]
  readonly problems: FieldProblem[]
}

/** One rule for each service and rewrite, with the matches that lead to it. */
function rulesOf({ origin }: ProtectedRoute, paths: readonly StatedPath[], making: Making): Rule[] {
  const { options, site, filters, problems } = making
  const rules = new Map<string, { matches: object[]; match: PathMatch; backend: object }>()
  for (const [path, field] of paths) {
    const match = pathMatch(path, options)
    const { name, port } = path.backend.service
    const number = 'number' in port ? port.number : site.portOf(origin.namespace, name, port.name)
    if (!match)
      problems.push({
        path: `${field}.path`,
        message: `rewrite-target ${options.rewriteTarget} has no counterpart in HTTPRoute`,
      })
    if (number === undefined && 'name' in port)
      problems.push({
        path: `${field}.backend.service.port.name`,
        message: `Service ${name} has no port ${port.name} that is known here`,
      })
    if (!match || number === undefined) continue
    const backend = { name, port: number }
    const key = JSON.stringify([backend, match.rewrite])
    const rule = rules.get(key) ?? { matches: [], match, backend }
    rule.matches.push({ path: { type: match.type, value: match.value } })
    rules.set(key, rule)
  }
  const made = [...rules.values()]
  if (made.length > MAX_RULES || made.some(({ matches }) => matches.length > MAX_MATCHES)) {
    const message = `HTTPRoute has room for ${MAX_RULES} services with ${MAX_MATCHES} paths each at a host`
    problems.push({ path: paths[0]?.[1].replace(/\[\d+\]\.http\.paths.*$/, '') ?? '', message })
  }
  return made.map(({ matches, match, backend }) => ({
    matches,
    filters: [
      ...filters,
      { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: FORGED_HEADERS } },
      ...(match.rewrite ? [{ type: 'URLRewrite', urlRewrite: { path: match.rewrite } }] : []),
    ],
    backendRefs: [backend],
    ...(options.timeout && { timeouts: { backendRequest: `${options.timeout}s` } }),
  }))
}

interface HostRoute {
  readonly host: string
  readonly rules: readonly Rule[]
  readonly options: RouteOptions
  readonly isOnly: boolean
}

function httpRoute({ origin, template }: ProtectedRoute, site: GatewaySite, given: HostRoute): Manifest {
  const { host, rules, options, isOnly } = given
  const { name, labels } = template.metadata
  return {
    apiVersion: `${GATEWAY_API}/v1`,
    kind: 'HTTPRoute',
    metadata: ownedMetadata(origin, {
      name: isOnly ? name : nameForHost(name, host),
      annotations: options.annotations,
      labels,
    }),
    spec: { parentRefs: site.parents, hostnames: [host], rules },
  }
}

/** A name that stays the same when hosts come and go. */
function nameForHost(name: string, host: string): string {
  const whole = `${name}-${host.replace('*', 'any').replaceAll('.', '-')}`
  if (whole.length <= MAX_NAME) return whole
  return `${whole.slice(0, MAX_NAME - 9)}-${createHash('sha256').update(whole).digest('hex').slice(0, 8)}`
}

/** What stands elsewhere with a Gateway. */
function warningsOf({ access, template, fields }: ProtectedRoute): FieldProblem[] {
  const warnings: FieldProblem[] = []
  const names = (template.spec.tls ?? []).map(({ secretName }) => secretName)
  if (names.length > 0) {
    const message = `certificates belong to the Gateway’s listeners: ${names.join(', ')}`
    warnings.push({ path: `${fields.spec}.tls`, message })
  }
  if (!access.anonymous && access.cacheDuration)
    warnings.push({ path: fields.cacheDuration, message: 'this gateway keeps no answers: each request is checked' })
  return warnings
}

/** The names of the routes, for what attaches to them. */
export function routeNames(objects: readonly Manifest[]): string[] {
  return objects.filter(({ kind }) => kind === 'HTTPRoute').map(({ metadata }) => metadata.name)
}
