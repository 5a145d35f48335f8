import { z } from 'zod'
import { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { findCluster } from '../../../server/kubernetes/cluster/find-cluster.js'

const GROUP = 'rbac.authorization.k8s.io'
const requested = z.looseObject({ status: z.looseObject({ token: z.string() }) })

/** What an account may do, as a Role says it. */
export interface Right {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** A service account of a namespace, with one Role there. */
export interface Account {
  /** Another client of the API server, with a token of the account. */
  readonly api: ApiClient
  /** Has it have these rights, and no others; none takes its Role away. */
  may(rights: readonly Right[]): Promise<void>
}

/** Makes an account as the chart does, which may do nothing yet. */
export async function makeAccount(admin: ApiClient, namespace: string, kubeconfig: string): Promise<Account> {
  const name = 'operator'
  const metadata = { name, namespace }
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const roles = `/apis/${GROUP}/v1/namespaces/${namespace}`
  const post = (path: string, body: object) => admin.request({ method: 'POST', path, body })
  await post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  await post(`${roles}/rolebindings`, {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: GROUP, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  })
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const { token } = requested.parse(await post(`${accounts}/${name}/token`, asked)).status
  const credentials = await findCluster(kubeconfig)
  const api = new ApiClient({
    ...credentials,
    async options() {
      return { ...(await credentials.options()), headers: { Authorization: `Bearer ${token}` } }
    },
  })
  return {
    api,
    async may(rules) {
      const path = `${roles}/roles/${name}`
      if (rules.length === 0) await admin.request({ method: 'DELETE', path })
      else
        await admin.request({
          method: 'PATCH',
          path,
          query: { fieldManager: 'test', force: 'true' },
          contentType: 'application/apply-patch+yaml',
          body: { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata, rules },
        })
    },
  }
}
