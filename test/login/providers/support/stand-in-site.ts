import { afterAll, beforeAll } from '@jest/globals'
import type { Visitor } from '../../../support/clients/visitor.js'
import {
  type Answer,
  CLIENT_ID,
  type Forgery,
  type ProviderStandIn,
  signed,
  startProviderStandIn,
} from '../../../support/peers/provider-stand-in.js'
import { type RunningPostern, startPostern } from '../../../support/postern.js'

export const SECRET = 'hunter2-of-the-client'
export let standIn: ProviderStandIn
export let postern: RunningPostern

beforeAll(async () => {
  standIn = await startProviderStandIn()
  postern = await startAt({})
})
afterAll(async () => {
  await postern.stop()
  await standIn.stop()
})

export function startAt(settings: Record<string, unknown>): Promise<RunningPostern> {
  const keycloak = { clientId: CLIENT_ID, clientSecret: SECRET, issuer: standIn.issuer, ...settings }
  return startPostern({ settings: { keycloak } })
}

/** Goes to the provider and comes straight back, with the nonce for a code. */
export async function roundTrip(visitor: Visitor, answer: Answer, more = '') {
  standIn.answer = answer
  const { searchParams } = new URL(String((await visitor.get('/login')).headers.location))
  return visitor.get(`/login?code=${searchParams.get('nonce')}&state=${searchParams.get('state')}${more}`)
}

export const forged = (forgery: () => Forgery | Promise<Forgery>): Answer => ({
  idToken: async (nonce, self) => signed(self, nonce, await forgery()),
})
export const claiming = (claims: () => Forgery['claims']): Answer => forged(() => ({ claims: claims() ?? {} }))
