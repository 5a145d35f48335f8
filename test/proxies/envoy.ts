import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { parse } from 'yaml'
import { type ClientRequest, decodeUnreserved, withoutDots } from './traefik.js'

interface Matcher {
  readonly exact?: string
  readonly prefix?: string
}

interface Matchers {
  readonly patterns: readonly Matcher[]
}

interface HeaderMatch {
  readonly name: string
  readonly present_match?: true
  readonly string_match?: { readonly exact?: string; readonly safe_regex?: { readonly regex: string } }
}

interface Route {
  readonly match: {
    readonly prefix?: string
    readonly safe_regex?: { readonly regex: string }
    readonly headers?: readonly HeaderMatch[]
  }
  readonly route?: { readonly cluster: string }
  readonly direct_response?: { readonly status: number }
  readonly request_headers_to_remove?: readonly string[]
  readonly typed_per_filter_config?: Readonly<Record<string, { readonly disabled: boolean }>>
}

export interface EnvoyCheck {
  readonly failure_mode_allow: boolean
  readonly allowed_headers: Matchers
  readonly http_service: {
    readonly path_prefix: string
    readonly server_uri: { readonly cluster: string }
    readonly authorization_response: {
      readonly allowed_upstream_headers: Matchers
      readonly allowed_client_headers: Matchers
      readonly allowed_client_headers_on_success: Matchers
    }
  }
}

interface Filter {
  readonly name: string
  readonly typed_config: EnvoyCheck & {
    readonly mutations?: { readonly request_mutations: readonly { readonly remove?: string }[] }
  }
}

const shipped = parse(readFileSync(new URL('../../deploy/envoy/envoy.yaml', import.meta.url), 'utf8'))

/** The connection manager of the shipped `envoy.yaml`. */
export const manager = shipped.static_resources.listeners[0].filter_chains[0].filters[0].typed_config
const routes: readonly Route[] = manager.route_config.virtual_hosts[0].routes
const filters: readonly Filter[] = manager.http_filters

/**
 * A path as Envoy matches it and sends it, with the options of the shipped file: refused with an encoded slash or
 * backslash; otherwise with unreserved characters decoded, \\ as /, and without dots and doubled slashes.
 */
export function asEnvoyReads(path: string): string | undefined {
  if (/%(?:2f|5c)/i.test(path)) return undefined
  return withoutDots(decodeUnreserved(path).replaceAll('\\', '/'))
}

/** The first route that matches a path and headers, `:method` among them; a regular expression has to match all of either. */
export function envoyRoute(path: string, headers: Readonly<Record<string, string>> = {}): Route | undefined {
  const matches = (text: string, regex: string | undefined) => new RegExp(`^(?:${regex})$`).test(text)
  const hasHeader = ({ name, present_match, string_match }: HeaderMatch) => {
    const value = headers[name]
    if (value === undefined) return false
    return present_match ?? (value === string_match?.exact || matches(value, string_match?.safe_regex?.regex))
  }
  return routes.find(({ match }) => {
    const isPath = match.prefix === undefined ? matches(path, match.safe_regex?.regex) : path.startsWith(match.prefix)
    return isPath && (match.headers ?? []).every(hasHeader)
  })
}

/** The checks that hold on a route: all that it does not switch off. */
export function checksOn(route: Route | undefined): readonly EnvoyCheck[] {
  return filters
    .filter(({ name }) => name.startsWith('postern.') && !route?.typed_per_filter_config?.[name]?.disabled)
    .map(({ typed_config }) => typed_config)
}

/** A request when the first filter has removed what clients make up. */
export function cleaned({ headers, ...rest }: ClientRequest): ClientRequest {
  const removed = filters[0]?.typed_config.mutations?.request_mutations.map(({ remove }) => remove) ?? []
  return { ...rest, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !removed.includes(name))) }
}

/**
 * What Envoy sends to an HTTP authorization service (its documentation, "External Authorization"): the original method,
 * the prefix and the original path, Host and Authorization, and those headers that are on the list; several lines of a
 * header joined by a comma.
 */
export function asEnvoyAsks({ headers }: ClientRequest, { allowed_headers }: EnvoyCheck): Record<string, string> {
  const asked = Object.entries(headers).filter(([name]) => name === 'authorization' || isOn(allowed_headers, name))
  return { Host: 'data.example.org', ...Object.fromEntries(asked.map(([name, lines]) => [name, lines.join(',')])) }
}

/**
 * The headers that reach a service, lower case: those of the answer that are on the list replace the client's; those that
 * the answer names in `x-envoy-auth-headers-to-remove` are removed; the others stay as the client sent them.
 */
export function asEnvoySends(
  { headers }: ClientRequest,
  { http_service }: EnvoyCheck,
  answer: IncomingHttpHeaders,
): Record<string, unknown> {
  const { allowed_upstream_headers } = http_service.authorization_response
  const sent: Record<string, unknown> = { ...headers }
  for (const [name, value] of Object.entries(answer)) if (isOn(allowed_upstream_headers, name)) sent[name] = value
  for (const name of String(answer['x-envoy-auth-headers-to-remove'] ?? '').split(/,\s*/)) delete sent[name]
  return sent
}

export function isOn({ patterns }: Matchers, name: string): boolean {
  return patterns.some(({ exact, prefix }) => name === exact || (prefix !== undefined && name.startsWith(prefix)))
}

/** The headers that are taken out of the answers of a service, by the filter of its cluster. */
export function envoyUpstreamRemoved(name: string): readonly string[] {
  const clusters: readonly { readonly name: string; readonly typed_extension_protocol_options?: object }[] =
    shipped.static_resources.clusters
  const options = clusters.find((each) => each.name === name)?.typed_extension_protocol_options ?? {}
  return [...JSON.stringify(options).matchAll(/"remove":"([^"]+)"/g)].map(([, header = '']) => header)
}
