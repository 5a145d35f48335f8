import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { JWTPayload } from 'jose'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { startWorkloadIssuer, type WorkloadIssuer } from '../../support/peers/workload-issuer.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'

const AUDIENCE = 'https://data.example.org'

/** The scripts of the document: what a program does, and how each platform gives it its JWT. */
const [main = '', github = '', gitlab = '', kubernetes = ''] = [
  ...readFileSync('deploy/docs/programs/workload-identity.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, script = '']) => script)

describeWith(['curl', 'python'], 'The scripts of the documents for jobs and pods', () => {
  let ci: WorkloadIssuer
  let postern: RunningPostern
  let desk: Desk

  beforeAll(async () => {
    ci = await startWorkloadIssuer()
    const rules = [{ claims: { repository_id: '1' }, username: 'bot-survey', scopes: ['read:tap'] }]
    const trustedIssuers = [{ issuer: ci.issuer, audience: AUDIENCE, rules }]
    postern = await startPostern({ settings: { trustedIssuers } })
    desk = openDesk()
  })
  afterAll(async () => {
    desk.clear()
    await postern.stop()
    await ci.stop()
  })

  const job = (claims: JWTPayload = {}): JWTPayload => ({
    iss: ci.issuer,
    aud: AUDIENCE,
    sub: 'job',
    iat: postern.now(),
    exp: postern.now() + 300,
    jti: crypto.randomUUID(),
    repository_id: '1',
    ...claims,
  })

  /** Runs a program that prints what the site says of its token. */
  function run(jwt: string, environment: Record<string, string> = {}) {
    const info = `curl -sS -H "Authorization: Bearer $ACCESS_TOKEN" ${postern.url}/auth/api/v1/token-info; echo`
    const script = `${jwt}\n${main.replaceAll(`${AUDIENCE}/`, `${postern.url}/`).replace('./pipeline.sh', () => info)}`
    return desk.run(['/bin/sh', '-c', script], environment)
  }

  async function expectToken({ code, stdout }: Awaited<ReturnType<typeof run>>): Promise<void> {
    expect(code).toBe(0)
    const info = JSON.parse(stdout)
    expect(info).toMatchObject({ username: 'bot-survey', token_type: 'service', scopes: ['read:tap'] })
    const { prisma } = postern.context.postgres
    const changes = await prisma.tokenChange.findMany({ where: { token: info.token }, orderBy: { id: 'asc' } })
    expect(changes.map(({ action }) => action)).toEqual(['create', 'revoke'])
  }

  it('give a job of GitHub a token, and end it with the job', async () => {
    const { url, secret } = ci.openDesk((audience) => job({ aud: audience }))
    await expectToken(await run(github, { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret }))
  })

  it('give a job of GitLab a token', async () => {
    await expectToken(await run(gitlab, { POSTERN_JWT: await ci.sign(job()) }))
  })

  it('give a pod a token', async () => {
    const file = desk.file('jwt', await ci.sign(job()))
    await expectToken(await run(kubernetes.replace('/var/run/secrets/postern/jwt', file)))
  })

  it('begin nothing where the site refuses, and say why', async () => {
    const before = await postern.context.postgres.prisma.token.count()
    const { code, stdout, stderr } = await run(gitlab, { POSTERN_JWT: await ci.sign(job({ repository_id: '2' })) })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('no rule of this site is for the program')
    expect(await postern.context.postgres.prisma.token.count()).toBe(before)
  })
})
