import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { ApiClient } from '../cluster/api-client.js'
import { findCluster } from '../cluster/find-cluster.js'
import { Election } from './election.js'
import { operatorListener } from './listener.js'
import { Operator } from './operator.js'
import type { OperatorOptions } from './parts.js'

export interface StartOptions extends Omit<OperatorOptions, 'api'> {
  readonly kubeconfig?: string | undefined
}

/** Connects an operator to its cluster. It leads when it gets the Lease `postern-operator`, in its own namespace. */
export async function connectOperator({ kubeconfig, ...options }: StartOptions) {
  const api = new ApiClient(await findCluster(kubeconfig))
  const operator = new Operator({ ...options, api })
  const election = new Election({
    api,
    place: { namespace: api.namespace, name: 'postern-operator' },
    candidate: `${hostname()}_${randomUUID()}`,
    log: options.log,
    lead: (signal) => operator.lead(signal),
  })
  return { operator, election, listener: operatorListener({ operator, election }) }
}
