import request from 'supertest'
import type { TwoProcesses } from './site.js'
import type { Registered, SignedIn } from './web-client.js'

type Client = Pick<Registered, 'id' | 'secret'>
type Tokens = Pick<SignedIn, 'accessToken' | 'refreshToken'>

/** What both processes say of an access token while it is valid: UserInfo's status, whether it is active, and the API's status. */
export const VALID = [
  [200, true, 200],
  [200, true, 200],
] as const
/** What they say of one that has ended. */
export const ENDED = [
  [401, false, 401],
  [401, false, 401],
] as const

/** Asks each of the two processes, and neither by way of the other. */
export function saidOf({ here, there }: TwoProcesses, client: Client, { accessToken }: Tokens) {
  return Promise.all(
    [here, there].map(async ({ server }) => {
      const statusOf = async (path: string) =>
        (await request(server).get(path).set('Authorization', `Bearer ${accessToken}`)).status
      const asked = request(server).post('/auth/openid/introspect').auth(client.id, client.secret).type('form')
      const { active } = (await asked.send({ token: accessToken })).body
      return [await statusOf('/auth/openid/userinfo'), active, await statusOf('/auth/api/v1/token-info')]
    }),
  )
}

/** The errors with which the two processes refuse a refresh token. */
export function refusalsOf({ here, there }: TwoProcesses, client: Client, { refreshToken }: Tokens) {
  return Promise.all(
    [here, there].map(async ({ server }) => {
      const asked = request(server).post('/auth/openid/token').auth(client.id, client.secret).type('form')
      return (await asked.send({ grant_type: 'refresh_token', refresh_token: refreshToken })).body.error
    }),
  )
}
