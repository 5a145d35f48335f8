import { randomBytes } from 'node:crypto'
import type { Manifest, Metadata } from '../../../server/core/kubernetes/manifest.js'
import { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { ApiError } from '../../../server/kubernetes/cluster/api-error.js'
import {
  EVENT,
  type Kind,
  LEASE,
  REFERENCE_GRANT,
  ROUTE_SOURCES,
  ROUTE_TARGETS,
  SECRET,
  SERVICE,
  TOKEN_SOURCES,
} from '../../../server/kubernetes/cluster/kinds.js'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.js'

/** The kinds of a cluster in which the operator works. */
export const ALL_KINDS = [
  ...ROUTE_SOURCES,
  ...TOKEN_SOURCES,
  ...ROUTE_TARGETS,
  REFERENCE_GRANT,
  SECRET,
  SERVICE,
  LEASE,
  EVENT,
]

/** A fake API server, and a client of it. */
export async function fakeCluster(): Promise<{ fake: FakeApiServer; api: ApiClient }> {
  const fake = await startFakeApiServer(ALL_KINDS.map(({ plural }) => plural))
  return { fake, api: clientOf(fake.url) }
}

export function clientOf(url: string): ApiClient {
  return new ApiClient({ server: new URL(url), namespace: 'postern', options: async () => ({}) })
}

/** Makes a namespace of a new name, where the cluster has such. */
export async function newNamespace(api: ApiClient, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`
  await makeNamespace(api, name)
  return name
}

export async function makeNamespace(api: ApiClient, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  await api.request({ method: 'POST', path: '/api/v1/namespaces', body }).catch((error: unknown) => {
    if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error
  })
}

/** A GafaelfawrIngress for one path of the site. */
export function ingressOf(namespace: string, name: string, config: object = {}): Manifest {
  return {
    apiVersion: 'gafaelfawr.lsst.io/v1alpha1',
    kind: 'GafaelfawrIngress',
    metadata: { name, namespace },
    config: { scopes: { all: ['read:tap'] }, ...config },
    template: {
      metadata: { name },
      spec: {
        rules: [
          {
            host: 'data.example.org',
            http: {
              paths: [{ path: `/${name}`, pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  }
}

/** A resource of either kind that asks for the token of the service `bot-…`. */
export function serviceTokenOf({ apiVersion, kind }: Kind, metadata: Metadata, spec: object = {}): Manifest {
  const service = `bot-${metadata.name.replace(/^bot-/, '')}`
  return { apiVersion, kind, metadata, spec: { service, scopes: ['read:tap'], ...spec } }
}

/** A ProtectedRoute for one path of each host. */
export function protectedRouteOf(
  namespace: string,
  name: string,
  {
    hosts = ['data.example.org'],
    ...spec
  }: { readonly hosts?: readonly string[]; readonly [field: string]: unknown } = {},
): Manifest {
  const backend = { service: { name, port: { number: 80 } } }
  return {
    apiVersion: 'postern.dev/v1',
    kind: 'ProtectedRoute',
    metadata: { name, namespace },
    spec: {
      access: { scopes: { all: ['read:tap'] } },
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: `/${name}`, pathType: 'Prefix', backend }] } })),
      ...spec,
    },
  }
}
