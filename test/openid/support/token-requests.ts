import request from 'supertest'
import { DEVICE_GRANT } from '../../../server/core/openid/device.js'
import type { Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'
import { CALLBACK, publicClient, type RelyingParty, sentTo } from './relying-party.js'

/** What a client asks for that is to have a refresh token. */
export const LASTING = { scope: 'openid email offline_access', prompt: 'consent' }

/** The fields of a request for the tokens of a code that a user has just sent to a client. */
export async function redeemable(
  party: RelyingParty,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>> = {},
) {
  const begun = await party.begin(parameters)
  const sent = new URL(sentTo(await visitor.get(begun.path)))
  return {
    grant_type: 'authorization_code',
    code: sent.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: begun.checks.pkceCodeVerifier,
  }
}

/** The fields with which a device asks for its tokens, which a user has approved. */
export async function approvedDevice(postern: RunningPostern, visitor: Visitor) {
  const id = await publicClient(postern)
  const asking = { client_id: id, scope: 'openid profile offline_access' }
  const { body: device } = await request(postern.server).post('/auth/openid/device/code').type('form').send(asking)
  await visitor.post('/auth/device/answer', { user_code: device.user_code, answer: 'allow' })
  return { grant_type: DEVICE_GRANT, device_code: device.device_code, client_id: id }
}
