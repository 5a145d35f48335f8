import { readFile } from 'node:fs/promises'
import { Agent, type RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import path from 'node:path'
import { OperatorError } from '../../core/operator-error.js'
import type { Credentials } from './credentials.js'
import { keptAgent } from './kept-agent.js'
import { readPlainKubeconfig } from './plain-kubeconfig.js'

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
  const file = kubeconfig ?? defaultKubeconfig()
  return (file && (await readPlainKubeconfig(file))) || readKubeconfig(kubeconfig)
}

/** Where kubectl looks; undefined for several files, which the library merges. */
function defaultKubeconfig(): string | undefined {
  const { KUBECONFIG: named } = process.env
  if (named) return named.includes(path.delimiter) ? undefined : named
  return path.join(homedir(), '.kube', 'config')
}

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

/** Any kubeconfig, by the library. */
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
  const server = new URL(cluster.server)
  const agentFor = keptAgent(server)
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async options() {
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      // It comes with a new agent each time, and so with a new TLS connection for each request.
      if (cluster.proxyUrl) return options
      const { ca, cert, key, rejectUnauthorized, servername } = options
      const tls = { ca, cert, key, servername, ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) }
      return { ...options, agent: agentFor(tls) }
    },
  }
}

function noCluster(why: string): OperatorError {
  return new OperatorError(`No Kubernetes cluster is configured. ${why}`, 'Name a kubeconfig with --kubeconfig.')
}
