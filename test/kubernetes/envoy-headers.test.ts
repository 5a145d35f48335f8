import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { ANSWERED_HEADERS, ASKED_HEADERS } from '../../server/core/kubernetes/targets/forwarded-headers.js'

const patterns = z.object({
  patterns: z.array(z.object({ exact: z.string().optional(), prefix: z.string().optional() })),
})
const filter = z.object({
  typed_config: z.object({
    allowed_headers: patterns,
    http_service: z.object({ authorization_response: z.object({ allowed_upstream_headers: patterns }) }),
  }),
})

/** The first check of the file for Envoy, which the suites run. */
function checkOfFile() {
  const found: unknown[] = []
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if (filter.safeParse(node).success) found.push(node)
    for (const each of Object.values(node)) walk(each)
  }
  walk(parse(readFileSync('deploy/envoy/envoy.yaml', 'utf8'), { maxAliasCount: -1 }))
  return filter.parse(found[0]).typed_config
}

it('what Kubernetes’ gateways ask and answer is what the file for Envoy does, which real clients went through', () => {
  const { allowed_headers, http_service } = checkOfFile()
  const names = allowed_headers.patterns.map(({ exact }) => exact)
  expect(ASKED_HEADERS.map((name) => name.toLowerCase()).sort()).toEqual(names.sort())
  const { patterns: answered } = http_service.authorization_response.allowed_upstream_headers
  const isAnswered = (name: string) =>
    answered.some(({ exact, prefix }) => name === exact || (prefix !== undefined && name.startsWith(prefix)))
  expect(ANSWERED_HEADERS.filter((name) => !isAnswered(name.toLowerCase()))).toEqual([])
  expect(answered).toHaveLength(3)
})
