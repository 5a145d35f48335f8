import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { OperatorError } from '../../core/operator-error.js'

/** The API server, and what a request to it needs. */
export interface Credentials {
  readonly server: URL
  /** The namespace of the pod, or of the context of the kubeconfig. */
  readonly namespace: string
  /** Read again for each request: a pod's token is replaced every hour. */
  options(): Promise<RequestOptions>
}

/** Where a pod finds its account. */
const POD = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds the API server as kubectl does: by a kubeconfig, or from within a pod.
 *
 * @throws {OperatorError} when there is none
 */
export async function findCluster(kubeconfig: string | undefined): Promise<Credentials> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
  if (kubeconfig === undefined && host && port) return podCredentials(host, port)
  return readKubeconfig(kubeconfig)
}

/** A pod needs no library, which takes as much memory as all of the operator. */
async function podCredentials(host: string, port: string): Promise<Credentials> {
  const [ca, namespace] = await Promise.all(['ca.crt', 'namespace'].map((each) => readFile(`${POD}/${each}`, 'utf8')))
  const agent = new Agent({ ca, keepAlive: true })
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace: namespace?.trim() || 'default',
    async options() {
      const token = await readFile(`${POD}/token`, 'utf8')
      return { agent, headers: { Authorization: `Bearer ${token.trim()}` } }
    },
  }
}

async function readKubeconfig(file: string | undefined): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (file === undefined) config.loadFromDefault()
    else config.loadFromFile(file)
  } catch (error) {
    throw noCluster(String((error as Error).message))
  }
  const cluster = config.getCurrentCluster()
  if (!cluster) throw noCluster('It has no current context.')
  const agents = new Map<string, HttpAgent | Agent>()
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async options() {
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      // It comes with a new agent each time, and so with a new TLS connection for each request.
      if (cluster.proxyUrl) return options
      const { ca, cert, key, rejectUnauthorized, servername } = options
      const tls = { ca, cert, key, servername, ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) }
      const id = JSON.stringify(tls)
      const isPlain = cluster.server.startsWith('http:')
      const agent =
        agents.get(id) ?? (isPlain ? new HttpAgent({ keepAlive: true }) : new Agent({ ...tls, keepAlive: true }))
      agents.set(id, agent)
      return { ...options, agent }
    },
  }
}

function noCluster(why: string): OperatorError {
  return new OperatorError(`No Kubernetes cluster is configured. ${why}`, 'Name a kubeconfig with --kubeconfig.')
}
