import type { Origin } from './manifest.js'

/** The paths of a host, and the services behind them: a resource's template, in the form of `networking.k8s.io/v1` Ingress. */
export interface RouteTemplate {
  readonly metadata: TemplateMetadata
  readonly spec: {
    readonly rules: readonly HostRule[]
    readonly tls?: readonly TlsHosts[] | undefined
  }
}

/** The name and the notes of what is made. */
export interface TemplateMetadata {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export interface HostRule {
  readonly host: string
  readonly http: { readonly paths: readonly PathRule[] }
}

export interface PathRule {
  readonly path: string
  readonly pathType: 'Exact' | 'ImplementationSpecific' | 'Prefix'
  readonly backend: { readonly service: { readonly name: string; readonly port: ServicePort } }
}

/** By number, or by the name that the Service gives it. */
export type ServicePort = { readonly number: number } | { readonly name: string }

export interface TlsHosts {
  readonly hosts: readonly string[]
  readonly secretName: string
}

/** One parameter of a requirement's query string. */
export type QueryParameter = readonly [name: string, value: string]

/** What a client has to show. */
export type RouteAccess =
  | { readonly anonymous: true }
  | {
      readonly anonymous: false
      /** The requirement, but for what a gateway says in its own way. */
      readonly query: readonly QueryParameter[]
      /** Whether session cookies count: they reach only the hosts of the site. */
      readonly cookies: boolean
      /** Whether browsers without a session are sent to the sign-in page. */
      readonly loginRedirect: boolean
      /** How long a gateway may remember an answer, in nginx's form (`5m`). */
      readonly cacheDuration?: string | undefined
    }

/** A protected route, whichever kind of resource declares it. */
export interface ProtectedRoute {
  readonly origin: Origin
  readonly access: RouteAccess
  readonly template: RouteTemplate
  readonly fields: RouteFields
}

/** Where a kind of resource has its fields, for the paths of problems. */
export interface RouteFields {
  /** What `rules` and `tls` stand in. */
  readonly spec: string
  readonly annotations: string
  readonly loginRedirect: string
  readonly cacheDuration: string
  /** By the parameters of the requirement. */
  readonly parameters: Readonly<Record<string, string>>
}
