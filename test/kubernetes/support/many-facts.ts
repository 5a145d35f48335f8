import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { MANAGED_BY, type Manifest, OPERATOR } from '../../../server/core/kubernetes/manifest.js'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import {
  GAFAELFAWR_INGRESS,
  GAFAELFAWR_SERVICE_TOKEN,
  type Kind,
  PROTECTED_ROUTE,
  pathOf,
  SECRET,
  SERVICE_TOKEN,
  targetKind,
} from '../../../server/kubernetes/cluster/kinds.js'
import { createObject } from '../../../server/kubernetes/cluster/objects.js'
import { eventually } from '../../support/eventually.js'
import { cleanEnvironment } from '../../support/serve.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { ingressOf, newNamespace, protectedRouteOf, serviceTokenOf } from './cluster.js'

const OBJECTS = 500
/** A busy machine takes as long as it takes. */
const PATIENCE_MS = 600_000
const ADDRESS = '127.0.0.1:28081'
const SOURCES = [GAFAELFAWR_INGRESS, PROTECTED_ROUTE, GAFAELFAWR_SERVICE_TOKEN, SERVICE_TOKEN]
const MADE = new Map([
  [targetKind('Ingress'), OBJECTS],
  [targetKind('SecurityPolicy'), OBJECTS],
  [targetKind('HTTPRoute'), OBJECTS],
  [SECRET, 2 * OBJECTS],
])
const itemsOf = z.looseObject({ items: z.array(z.looseObject({ status: z.unknown().optional() })) })

const variable = z.object({ name: z.string(), value: z.string().optional() })
const deployment = z.looseObject({
  kind: z.literal('Deployment'),
  metadata: z.looseObject({ name: z.literal('postern-operator') }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({ env: z.array(variable) })]) }),
    }),
  }),
})

/** What the chart tells Node and the C library of memory. */
function chartEnvironment(): Record<string, string> {
  const documents = parseAllDocuments(readFileSync('deploy/kubernetes/postern.yaml', 'utf8'))
  const [operator] = documents.flatMap((each) => deployment.safeParse(each.toJS()).data ?? [])
  const [container] = operator?.spec.template.spec.containers ?? []
  const ofMemory = (container?.env ?? []).filter(({ name }) => /^(?:NODE_OPTIONS|MALLOC_.*)$/.test(name))
  return Object.fromEntries(ofMemory.map(({ name, value = '' }) => [name, value]))
}

/** What a site of five hundred objects of each kind takes. The figures are printed, and none is asserted. */
export function manyFacts(connect: () => Promise<ApiClient>, kubeconfig: () => string): void {
  describe('the operator as a process of its own', () => {
    let api: ApiClient
    beforeAll(async () => {
      api = await connect()
    })

    const list = async (kind: Kind, namespace: string, labelSelector?: string) =>
      itemsOf.parse(await api.request({ method: 'GET', path: pathOf(kind, namespace), query: { labelSelector } })).items

    async function makeAll(namespace: string): Promise<void> {
      const makers: ((name: string) => Manifest)[] = [
        (name) => ingressOf(namespace, name),
        (name) => protectedRouteOf(namespace, name, { gateway: 'envoy-gateway' }),
        (name) => serviceTokenOf(GAFAELFAWR_SERVICE_TOKEN, { namespace, name: `g${name}` }),
        (name) => serviceTokenOf(SERVICE_TOKEN, { namespace, name }, { lifetime: '720h' }),
      ]
      for (const [index, make] of makers.entries())
        for (let from = 0; from < OBJECTS; from += 50)
          await Promise.all(
            Array.from({ length: 50 }, (_, at) => {
              const object = make(`bot-${from + at}`)
              return createObject(api, SOURCES[index] ?? SECRET, object)
            }),
          )
    }

    async function start(namespace: string) {
      const env = cleanEnvironment({
        POSTERN_CONFIG: 'test/kubernetes/site.yaml',
        POSTERN_SECRET: randomBytes(48).toString('base64'),
        DATABASE_URL: await freshDatabase(),
        REDIS_URL: await freshRedis(),
        ...chartEnvironment(),
      })
      const args = ['--kubeconfig', kubeconfig(), '--namespace', namespace, '--listen', ADDRESS]
      return spawn(process.execPath, ['dist/operate/cli/main.js', 'operator', ...args], { env, stdio: 'ignore' })
    }

    it(
      `makes the objects of ${OBJECTS} resources of each kind`,
      async () => {
        const namespace = await newNamespace(api, 'many')
        await makeAll(namespace)
        const child = await start(namespace)
        try {
          const started = performance.now()
          const patience = { withinMs: PATIENCE_MS, everyMs: 1_000 }
          for (const [kind, wanted] of MADE)
            await eventually(
              async () => (await list(kind, namespace, `${MANAGED_BY}=${OPERATOR}`)).length === wanted,
              patience,
            )
          for (const kind of SOURCES)
            await eventually(async () => {
              const said = (await list(kind, namespace)).filter(({ status }) =>
                JSON.stringify(status ?? {}).includes('"status":"True"'),
              )
              expect(said).toHaveLength(OBJECTS)
            }, patience)
          const seconds = (performance.now() - started) / 1000
          const metrics = await (await fetch(`http://${ADDRESS}/metrics`)).text()
          const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1])
          const bytes = figure('process_resident_memory_bytes')
          const busy = figure('process_cpu_seconds_total')
          process.stdout.write(
            `${4 * OBJECTS} resources, ${5 * OBJECTS} objects: ${seconds.toFixed(1)} s, its own CPU ${busy.toFixed(1)} s, ${Math.round(bytes / 1e6)} MB of memory\n`,
          )
        } finally {
          child.kill('SIGTERM')
          await once(child, 'exit')
        }
      },
      PATIENCE_MS,
    )
  })
}
