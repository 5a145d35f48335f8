import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { GATEWAYS } from '../../../server/core/kubernetes/gateway-site.js'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { pathOf, targetKind } from '../../../server/kubernetes/cluster/kinds.js'
import { describeWhere } from '../../support/run/requires.js'
import { makeNamespace } from './cluster.js'
import { hasGo } from './gateway-definitions.js'

const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
})

/** Whether the gateways' own definitions take what is made. */
export function gatewayFacts(connect: () => Promise<ApiClient>, areReal: boolean): void {
  const needed = {
    isMet: areReal,
    otherwise: 'no Go, by which their projects publish them',
    couldBeMet: hasGo(),
  }
  let api: ApiClient
  beforeAll(async () => {
    api = await connect()
    for (const name of ['archive', 'images', 'jobs', 'notebooks', 'postern']) await makeNamespace(api, name)
  })

  async function refusalOf(made: z.infer<typeof object>): Promise<string | undefined> {
    const { name, namespace } = made.metadata
    try {
      await api.request({
        method: 'PATCH',
        path: `${pathOf(targetKind(made.kind), namespace)}/${name}`,
        query: { fieldManager: 'test', fieldValidation: 'Strict', dryRun: 'All', force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body: made,
      })
      return undefined
    } catch (error) {
      return `${made.kind} ${name}: ${String(error)}`
    }
  }

  const made = (gateway: string) =>
    parseAllDocuments(readFileSync(`test/kubernetes/golden/${gateway}.yaml`, 'utf8')).map((each) =>
      object.parse(each.toJS()),
    )

  describeWhere(needed, 'the definitions of gateways', () => {
    it.each(GATEWAYS)('take every field of what is made for %s', async (gateway) => {
      const objects = made(gateway)
      expect(objects.length).toBeGreaterThan(4)
      expect((await Promise.all(objects.map(refusalOf))).filter((each) => each !== undefined)).toEqual([])
    })

    it('refuse a field that they do not have', async () => {
      const [route = object.parse({})] = made('gateway-api')
      expect(await refusalOf({ ...route, spec: { ...Object(route.spec), hostname: ['x'] } })).toMatch(/hostname/)
    })
  })
}
