import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { type Kind, REFERENCE_GRANT, ROUTE_TARGETS } from '../../../server/kubernetes/cluster/kinds.js'
import { eventually } from '../../support/eventually.js'

const OURS = 'deploy/kubernetes/crds'
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const named = z.looseObject({ metadata: z.looseObject({ name: z.string() }) })

/** The kinds of gateways, as far as the operator makes them: with all fields, where their own definitions cannot be had. */
function bareDefinition({ apiVersion, kind, plural }: Kind) {
  const [group = '', name] = apiVersion.split('/')
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }
}

/**
 * Defines what a bare API server lacks: Postern's resources as they are shipped, and the objects of gateways.
 *
 * @param gateways the definitions of their own projects
 */
export async function defineKinds(api: ApiClient, gateways: readonly unknown[] | undefined): Promise<void> {
  const shipped = readdirSync(OURS).map((file): unknown => parse(readFileSync(`${OURS}/${file}`, 'utf8')))
  const bare =
    gateways ?? [...ROUTE_TARGETS, REFERENCE_GRANT].filter(({ kind }) => kind !== 'Ingress').map(bareDefinition)
  for (const definition of [...shipped, ...bare]) {
    const { name } = named.parse(definition).metadata
    await api.request({
      method: 'PATCH',
      path: `${PATH}/${name}`,
      query: { fieldManager: 'test', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: definition,
    })
    await eventually(
      async () =>
        JSON.stringify(await api.request({ method: 'GET', path: `${PATH}/${name}` })).includes(
          '"type":"Established","status":"True"',
        ) ||
        JSON.stringify(await api.request({ method: 'GET', path: `${PATH}/${name}` })).match(
          /"reason":"InitialNamesAccepted"/,
        ) !== null,
    )
  }
}
