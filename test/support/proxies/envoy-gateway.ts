import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { z } from 'zod'
import { renderRoutes } from '../../../server/kubernetes/render.js'
import { loadSettings } from '../../../server/settings/load.js'
import { wheelProgram } from '../programs/wheels.mjs'
import { listens, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { type ProxyOptions, type RunningProxy, withOneLog } from './proxy.js'

/*
 * Envoy as Envoy Gateway configures it for the objects that Postern makes. Its own code translated them, once: `egctl`, which
 * takes twenty minutes to build. The file has the objects beside their translation, so that a test can tell whether they are
 * still those that Postern makes. To translate them again, with
 * `go install github.com/envoyproxy/gateway/cmd/egctl@v1.9.1`:
 *
 * EGCTL=<program> npm test -- test/proxies/envoy-gateway
 */
const TRANSLATED = fileURLToPath(new URL('../../proxies/envoy-gateway.json', import.meta.url))

/** The ports in the file; a running Envoy has others in their place. */
const PORTS: ProxyOptions = { port: 15080, posternPort: 15081, tapPort: 15082, portalPort: 15082 }

/** A path of the site, and the `access` of the ProtectedRoute that has it. */
type ProtectedPaths = Readonly<Record<string, object>>

/** What Envoy Gateway is given: a cluster with a gateway, two services, and what Postern makes of the routes. */
export function objectsFor(paths: ProtectedPaths): readonly object[] {
  return [...clusterObjects(), ...routeObjects(paths)]
}

/** The objects that were translated. */
export function translatedObjects(): readonly unknown[] {
  return readTranslated().objects
}

/** Translates the objects anew where `EGCTL` names the program. */
export function translateAgain(objects: readonly object[]): void {
  const { EGCTL } = process.env
  if (EGCTL === undefined) return
  const file = join(temporaryFolder('egctl'), 'objects.yaml')
  writeFileSync(file, objects.map((each) => stringify(each)).join('---\n'))
  const words = [
    'experimental',
    'translate',
    '--from',
    'gateway-api',
    '--to',
    'xds',
    '--output',
    'json',
    '--file',
    file,
  ]
  const { xds } = JSON.parse(execFileSync(EGCTL, words, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }))
  writeFileSync(TRANSLATED, `${JSON.stringify({ objects, xds }, null, 1)}\n`)
}

/** Starts Envoy with the translation. The services of the cluster are those of this machine. */
export async function startEnvoyGateway(options: ProxyOptions): Promise<RunningProxy> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('envoy-gateway', user)
  const text = withPorts(JSON.stringify(bootstrapOf(readTranslated().xds)), options)
  // The output of a server whose user is another is not its own to open.
  writeFileSync(join(folder, 'envoy.json'), text.replaceAll('/dev/stdout', join(folder, 'access.log')))
  handOver(folder, user)
  const command = [wheelProgram('envoy'), '-c', join(folder, 'envoy.json'), '--use-dynamic-base-id']
  const run = { user, cwd: folder, log: join(folder, 'error.log'), stopSignal: 'SIGTERM' as const }
  const server = startServer([...command, '--concurrency', '1'], run)
  await untilReady(server, () => listens(options.port))
  return withOneLog({ url: `http://127.0.0.1:${options.port}`, server, folder })
}

function withPorts(text: string, { port, posternPort, tapPort }: ProxyOptions): string {
  const changes = [
    [PORTS.port, port],
    [PORTS.posternPort, posternPort],
    [PORTS.tapPort, tapPort],
  ] as const
  return changes.reduce((file, [from, to]) => file.replaceAll(String(from), String(to)), text)
}

function routeObjects(paths: ProtectedPaths): readonly object[] {
  const settings = loadSettings({
    POSTERN_BASE_URL: 'http://127.0.0.1',
    POSTERN_KUBERNETES: `{ gateways: [{ name: public, namespace: gateways }], checks: { namespace: postern, port: ${PORTS.posternPort} } }`,
  })
  const service = { name: 'tap', port: { number: PORTS.tapPort } }
  const text = Object.entries(paths).map(([path, access]) =>
    stringify({
      apiVersion: 'postern.dev/v1',
      kind: 'ProtectedRoute',
      metadata: { name: path.slice(1), namespace: 'services' },
      spec: {
        access,
        rules: [{ host: '127.0.0.1', http: { paths: [{ path, pathType: 'Prefix', backend: { service } }] } }],
      },
    }),
  )
  return renderRoutes(text.join('---\n'), settings, 'envoy-gateway').objects
}

/** What stands in the cluster beside the routes. Services are reached by the address of each, which is this machine's. */
function clusterObjects(): readonly object[] {
  const controllerName = 'gateway.envoyproxy.io/gatewayclass-controller'
  const service = (namespace: string, name: string, number: number) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP: '127.0.0.1', ports: [{ port: number, targetPort: number, protocol: 'TCP' }] },
  })
  const namespaces = ['gateways', 'postern', 'services'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }))
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'eg' },
      spec: { controllerName },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public', namespace: 'gateways' },
      spec: {
        gatewayClassName: 'eg',
        listeners: [
          { name: 'http', protocol: 'HTTP', port: PORTS.port, allowedRoutes: { namespaces: { from: 'All' } } },
        ],
      },
    },
    ...namespaces,
    service('postern', 'postern-checks', PORTS.posternPort),
    service('services', 'tap', PORTS.tapPort),
  ]
}

const resource = z.looseObject({ name: z.string() })
const listener = z.looseObject({ address: z.looseObject({ socketAddress: z.looseObject({ portValue: z.number() }) }) })
const loadAssignment = z.looseObject({ clusterName: z.string() })
const dumped = z.object({
  dynamicListeners: z.array(z.object({ activeState: z.object({ listener }) })).optional(),
  dynamicRouteConfigs: z.array(z.object({ routeConfig: resource })).optional(),
  dynamicActiveClusters: z.array(z.object({ cluster: resource })).optional(),
  dynamicEndpointConfigs: z.array(z.object({ endpointConfig: loadAssignment })).optional(),
})
const translation = z.object({
  objects: z.array(z.unknown()),
  xds: z.record(z.string(), z.object({ configs: z.array(dumped) })),
})
type Translation = z.infer<typeof translation>

const readTranslated = (): Translation => translation.parse(JSON.parse(readFileSync(TRANSLATED, 'utf8')))

/** One file for what Envoy would fetch from Envoy Gateway: routes and addresses stand where their source is named. */
function bootstrapOf(xds: Translation['xds']): object {
  const [{ configs } = { configs: [] }] = Object.values(xds)
  const dump: z.infer<typeof dumped> = Object.assign({}, ...configs)
  const routes = new Map(dump.dynamicRouteConfigs?.map(({ routeConfig }) => [routeConfig.name, untyped(routeConfig)]))
  const endpoints = dump.dynamicEndpointConfigs?.map(({ endpointConfig }) => untyped(endpointConfig)) ?? []
  const address = { socketAddress: { address: '127.0.0.1', portValue: PORTS.port } }
  const listeners = dump.dynamicListeners?.map(({ activeState }) => untyped(activeState.listener)) ?? []
  const clusters = dump.dynamicActiveClusters?.map(({ cluster }) => untyped(cluster)) ?? []
  return {
    staticResources: {
      listeners: listeners
        .filter((each) => each.address.socketAddress.portValue === PORTS.port)
        .map((each) => withRoutes({ ...each, address }, routes)),
      clusters: clusters.map(({ edsClusterConfig: _source, ...cluster }) => ({
        ...cluster,
        type: 'STATIC',
        loadAssignment: endpoints.find(({ clusterName }) => clusterName === cluster.name),
      })),
    },
  }
}

/** Takes the name of its type off a message, which its place in the file says. */
function untyped<T extends object>(message: T): T {
  return { ...message, '@type': undefined }
}

const fetched = z.looseObject({ rds: z.object({ routeConfigName: z.string() }) })

function withRoutes(node: unknown, routes: ReadonlyMap<string, object>): unknown {
  if (Array.isArray(node)) return node.map((each) => withRoutes(each, routes))
  if (typeof node !== 'object' || node === null) return node
  const { success, data } = fetched.safeParse(node)
  const { rds, ...rest } = success ? data : { ...node, rds: undefined }
  const entries = Object.entries(rest).map(([name, each]) => [name, withRoutes(each, routes)])
  return { ...Object.fromEntries(entries), ...(rds && { routeConfig: routes.get(rds.routeConfigName) }) }
}
