import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Credentials } from './credentials.js'
import { keptAgent } from './kept-agent.js'

const text = z.string().min(1)
const named = z.object({
  'current-context': text,
  contexts: z.array(z.object({ name: text, context: z.looseObject({ cluster: text, user: text.optional() }) })),
  clusters: z.array(z.object({ name: text, cluster: z.unknown() })),
  users: z.array(z.object({ name: text, user: z.unknown() })).default([]),
})
const namespaceOf = z.looseObject({ namespace: text.optional() })
const clusterForm = z.strictObject({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': text.optional(),
  'certificate-authority-data': text.optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text.optional(),
  'disable-compression': z.boolean().optional(),
  extensions: z.unknown().optional(),
})
const userForm = z.strictObject({
  token: text.optional(),
  tokenFile: text.optional(),
  'client-certificate': text.optional(),
  'client-certificate-data': text.optional(),
  'client-key': text.optional(),
  'client-key-data': text.optional(),
})

/**
 * Reads a kubeconfig whose current user has a token or a certificate. The library for all others takes as much memory as all of the
 * operator.
 *
 * @returns undefined where a field is found that is left to the library: a plug-in, a proxy, another user's name
 */
export async function readPlainKubeconfig(file: string): Promise<Credentials | undefined> {
  const found = current(await readFile(file, 'utf8').catch(() => ''))
  if (!found) return undefined
  const { cluster, user, namespace } = found
  const server = new URL(cluster.server)
  const agentFor = keptAgent(server)
  /** The data win over the file, and a file is named from where the kubeconfig is. */
  const bytes = async (name: string | undefined, data?: string | undefined) => {
    if (data !== undefined) return Buffer.from(data, 'base64')
    return name === undefined ? undefined : readFile(path.resolve(path.dirname(file), name))
  }
  return {
    server,
    namespace: namespace ?? 'default',
    // Files are read for each request: other programs replace them while the operator runs.
    async options() {
      const [ca, cert, key, token] = await Promise.all([
        bytes(cluster['certificate-authority'], cluster['certificate-authority-data']),
        bytes(user['client-certificate'], user['client-certificate-data']),
        bytes(user['client-key'], user['client-key-data']),
        user.tokenFile === undefined ? user.token : bytes(user.tokenFile),
      ])
      const agent = agentFor({
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
        ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
      })
      return { agent, ...(token !== undefined && { headers: { Authorization: `Bearer ${String(token).trim()}` } }) }
    },
  }
}

function current(yaml: string) {
  const config = named.safeParse(parsed(yaml)).data
  const context = config?.contexts.find(({ name }) => name === config['current-context'])?.context
  if (!config || !context) return undefined
  const cluster = clusterForm.safeParse(config.clusters.find(({ name }) => name === context.cluster)?.cluster)
  const user = userForm.safeParse(config.users.find(({ name }) => name === context.user)?.user)
  if (!cluster.success || !user.success) return undefined
  return { cluster: cluster.data, user: user.data, namespace: namespaceOf.safeParse(context).data?.namespace }
}

function parsed(yaml: string): unknown {
  try {
    return parse(yaml)
  } catch {
    return undefined
  }
}
