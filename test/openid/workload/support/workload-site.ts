import { expect } from '@jest/globals'
import type { JWTPayload } from 'jose'
import request from 'supertest'
import { EXCHANGE_GRANT, JWT_TYPE } from '../../../../server/core/openid/exchange.js'
import { startWorkloadIssuer, type WorkloadIssuer } from '../../../support/peers/workload-issuer.js'
import { type RunningPostern, startPostern } from '../../../support/postern.js'
import { freshDatabase, freshRedis } from '../../../support/stores/stores.js'

/*
 * A site that trusts two issuers, and two processes of it.
 */

export const AUDIENCE = 'https://data.example.org'

/** GitHub, as a stand-in; a JWT of it is taken once. */
export let ci: WorkloadIssuer
/** A cluster whose pods show one JWT many times. */
export let cluster: WorkloadIssuer
export let postern: RunningPostern
/** Another process of the same site. */
export let replica: RunningPostern

/** Starts the site and both issuers; a test file has one. */
export async function startWorkloadSite(): Promise<void> {
  ci = await startWorkloadIssuer()
  cluster = await startWorkloadIssuer()
  const site = {
    databaseUrl: await freshDatabase(),
    redisUrl: await freshRedis(),
    secret: 'x'.repeat(32),
    settings: {
      services: {
        tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' },
        soda: { at: '/s', requires: 'service=soda' },
      },
      tokenPolicy: { service: { maximum: '2h' } },
      trustedIssuers: [
        {
          issuer: ci.issuer,
          audience: AUDIENCE,
          rules: [
            {
              claims: { repository_id: '123456', ref: ['refs/heads/main', 'refs/heads/release'] },
              username: 'bot-survey',
              scopes: ['read:tap', 'read:image'],
              adminScopes: ['admin:userinfo'],
              lifetime: '30m',
              services: ['tap', 'image'],
            },
            {
              claims: { repository_id: '99' },
              username: 'bot-nightly',
              scopes: ['read:tap', 'user:token'],
              lifetime: '1d',
            },
            { claims: { repository_id: '7' }, username: 'bot-closed', scopes: ['read:tap'] },
          ],
        },
        {
          issuer: cluster.issuer,
          jwksUri: cluster.jwksUri,
          audience: AUDIENCE,
          singleUse: false,
          rules: [
            {
              claims: { 'kubernetes.io': { namespace: 'survey', serviceaccount: { name: 'pipeline' } } },
              username: 'bot-pipeline',
              scopes: ['read:tap'],
            },
          ],
        },
      ],
    },
  }
  postern = await startPostern(site)
  replica = await startPostern(site)
}

export async function stopWorkloadSite(): Promise<void> {
  await postern.stop()
  await replica.stop()
  await ci.stop()
  await cluster.stop()
}

/** Lets time go by in both processes. */
export function advance(seconds: number): void {
  for (const each of [postern, replica]) each.advance(seconds)
}

let count = 0

/** The claims of a job, as GitHub has them. */
export const job = (claims: JWTPayload = {}): JWTPayload => ({
  iss: ci.issuer,
  aud: AUDIENCE,
  sub: 'repo:observatory/survey:ref:refs/heads/main',
  iat: postern.now(),
  nbf: postern.now(),
  exp: postern.now() + 300,
  jti: `job-${++count}`,
  repository: 'observatory/survey',
  repository_id: '123456',
  ref: 'refs/heads/main',
  ...claims,
})

/** The claims of a pod. */
export const pod = (claims: JWTPayload = {}): JWTPayload => ({
  iss: cluster.issuer,
  aud: [AUDIENCE],
  sub: 'system:serviceaccount:survey:pipeline',
  iat: postern.now(),
  nbf: postern.now(),
  exp: postern.now() + 3600,
  jti: `pod-${++count}`,
  'kubernetes.io': {
    namespace: 'survey',
    pod: { name: 'pipeline-0', uid: 'a-pod' },
    serviceaccount: { name: 'pipeline', uid: 'an-account' },
  },
  ...claims,
})

export const without = ({ ...claims }: JWTPayload, name: string): JWTPayload => {
  delete claims[name]
  return claims
}

export type Fields = Readonly<Record<string, string | readonly string[]>>

export const exchange = (jwt: string, fields: Fields = {}, address = '192.0.2.1', at = postern) =>
  request(at.server)
    .post('/auth/openid/token')
    .set('X-Forwarded-For', address)
    .type('form')
    .send({ grant_type: EXCHANGE_GRANT, subject_token: jwt, subject_token_type: JWT_TYPE, ...fields })

export const info = async (token: string) =>
  (await request(postern.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${token}`)).body

/** How many tokens and changes of tokens there are. */
export async function tokens(): Promise<number[]> {
  const { prisma } = postern.context.postgres
  return [await prisma.token.count(), await prisma.tokenChange.count()]
}

/** Expects that a JWT is refused, and that no token came of it. */
export async function expectRefused(
  sent: ReturnType<typeof exchange>,
  [error, says]: readonly [string, string],
  status = 400,
): Promise<void> {
  const before = await tokens()
  const answer = await sent
  expect([answer.status, answer.body]).toEqual([status, { error, error_description: expect.stringContaining(says) }])
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await tokens()).toEqual(before)
}

export const events = (what: string): Record<string, unknown>[] =>
  postern
    .logged()
    .split('\n')
    .filter((line) => line.includes(what))
    .map((line) => JSON.parse(line))

/** What is said of a JWT that is not taken. */
export const invalid = (says: string) => ['invalid_request', says] as const
