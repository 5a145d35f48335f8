import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { lookUpIssuers } from '../../../server/operate/doctor/trusted-issuers.js'
import { settingsSchema } from '../../../server/settings/schema.js'
import { startWorkloadIssuer, type WorkloadIssuer } from '../../support/peers/workload-issuer.js'

let ci: WorkloadIssuer

beforeAll(async () => {
  ci = await startWorkloadIssuer()
})
afterAll(() => ci.stop())

it('The doctor fetches the keys of each trusted issuer, and names why it cannot', async () => {
  const rules = [{ claims: { project_id: '1' }, username: 'bot-survey', scopes: ['read:tap'] }]
  const away = 'http://127.0.0.1:1'
  const issuers = [ci.issuer, away].map((issuer) => ({ issuer, audience: 'https://data.example.org', rules }))
  const { trustedIssuers } = settingsSchema.parse({ trustedIssuers: issuers })
  expect(await lookUpIssuers(trustedIssuers)).toEqual([
    { issuer: ci.issuer },
    { issuer: away, fault: expect.stringContaining('no connection') },
  ])
  ci.misbehave((response) => response.writeHead(404).end())
  expect(await lookUpIssuers(trustedIssuers.slice(0, 1))).toEqual([
    { issuer: ci.issuer, fault: 'its keys are not usable' },
  ])
})
