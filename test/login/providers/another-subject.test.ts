import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listRefusedIdentities } from '../../../server/storage/postgres/identity/refusals.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { type GithubStandIn, startGithubStandIn } from '../../support/peers/github-stand-in.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { tokenOf } from '../../support/token-of.js'
import { institute, pathOf, postern, SITE, sessionsOf, signIn } from './support/oidc-site.js'

const TAKEN = { code: 'name_taken', status: 403, says: 'belongs to another user', cause: /ada/ } as const

/** All that is stored of users, their names' history and their groups' numbers. */
async function peopleOf({ context }: RunningPostern): Promise<unknown> {
  const { pool } = context.postgres
  const tables = ['person', 'identity_change', 'local_group', 'token']
  return Promise.all(tables.map(async (table) => (await pool.query(`SELECT * FROM ${table} ORDER BY 1`)).rows))
}

const refusals = ({ context }: RunningPostern) => listRefusedIdentities(context.postgres.prisma, 100)

const infoOf = async (site: RunningPostern, token: string) => {
  const { status, body } = await request(site.server)
    .get('/auth/api/v1/user-info')
    .set('Authorization', `Bearer ${token}`)
  return { status, name: body.name, email: body.email, uid: body.uid }
}

describe('another subject with Ada’s user name at an OpenID Connect provider', () => {
  it('is refused, changes nothing of hers, and is shown to administrators with both identifiers', async () => {
    institute.people.set('6666', {
      preferred_username: 'ada',
      name: 'Mallory',
      email: 'mallory@evil.example',
      groups: ['users', 'made-by-mallory'],
    })
    await signIn(new Visitor(postern), '1815')
    const token = await tokenOf(postern, 'ada')
    const [before, people] = [await traces(postern), await peopleOf(postern)]
    await expectNotSignedIn(postern, await signIn(new Visitor(postern), '6666'), before, TAKEN)
    expect(await peopleOf(postern)).toEqual(people)
    expect(await sessionsOf('ada')).toHaveLength(2)
    expect(await infoOf(postern, token)).toMatchObject({ status: 200, name: 'Ada Lovelace', email: 'ada@example.org' })
    expect(await refusals(postern)).toMatchObject([
      { username: 'ada', provider: 'keycloak', issuer: institute.issuer, subject: '6666', count: 1 },
    ])
    const logged = postern.logged().split('\n')
    const line = JSON.parse(logged.find((each) => each.includes('"User name refused"')) ?? '{}')
    expect(line).toMatchObject({
      user: 'ada',
      owner: { provider: 'keycloak', issuer: institute.issuer, subject: '1815' },
      refused: { provider: 'keycloak', issuer: institute.issuer, subject: '6666' },
    })
    expect(JSON.stringify(line)).not.toMatch(/mallory|lovelace|gt-/i)
  })

  it('loses the race of two first sign-ins with one name', async () => {
    institute.people.set('6666', { preferred_username: 'ada', groups: ['users'] })
    const outcomes = await Promise.all(['1815', '6666'].map((who) => signIn(new Visitor(postern), who)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual([303, 403])
    expect(await sessionsOf('ada')).toHaveLength(1)
    const { rows } = await postern.context.postgres.pool.query(
      'SELECT subject FROM person UNION ALL SELECT subject FROM identity_change',
    )
    const winner = outcomes[0]?.status === 303 ? '1815' : '6666'
    expect(rows).toEqual([{ subject: winner }, { subject: winner }])
  })

  it('is refused after a sign-in has bound a row of an earlier version', async () => {
    institute.people.set('6666', { preferred_username: 'ada', groups: ['users'] })
    await postern.context.postgres.pool.query(
      `INSERT INTO person (username, provider, signed_in) VALUES ('ada', 'keycloak', now())`,
    )
    expect((await signIn(new Visitor(postern), '1815')).status).toBe(303)
    const before = await traces(postern)
    await expectNotSignedIn(postern, await signIn(new Visitor(postern), '6666'), before, TAKEN)
    expect((await signIn(new Visitor(postern), '1815')).status).toBe(303)
  })

  it('is kept in a list of limited length, however many come', async () => {
    await signIn(new Visitor(postern), '1815')
    for (let id = 0; id < 23; id++) {
      institute.people.set(`m${id}`, { preferred_username: 'ada' })
      await signIn(new Visitor(postern), `m${id}`)
    }
    expect(await refusals(postern)).toHaveLength(20)
  })
})

describe('another GitHub user with Ada’s former login', () => {
  let github: GithubStandIn
  let site: RunningPostern
  const TEAM = { id: 42, slug: 'astronomers', organization: { login: 'acme' } }
  const ada = {
    login: 'ada',
    id: 1001,
    name: 'Ada Lovelace',
    emails: [{ email: 'ada@example.org', primary: true, verified: true }],
    teams: [TEAM],
  }

  beforeAll(async () => {
    github = await startGithubStandIn(`${SITE}/login`)
    const { clientId, clientSecret, url } = github
    site = await startPostern({
      baseUrl: SITE,
      settings: {
        github: { clientId, clientSecret, url, title: 'GitHub' },
        groupMapping: { 'read:tap': ['acme-astronomers'] },
      },
    })
  })
  afterAll(async () => {
    await site.stop()
    await github.stop()
  })

  async function comeAs(user: GithubStandIn['visitor']) {
    github.visitor = user
    const visitor = new Visitor(site)
    return visitor.get(pathOf(await new Traveller().goThrough(await visitor.get('/login'), '')))
  }

  it('is refused, and changes nothing of hers', async () => {
    expect((await comeAs(ada)).status).toBe(303)
    const token = await tokenOf(site, 'ada')
    const [before, people] = [await traces(site), await peopleOf(site)]
    const mallory = { ...ada, id: 2002, name: 'Mallory', emails: [], teams: [TEAM, { ...TEAM, id: 43, slug: 'deep' }] }
    await expectNotSignedIn(site, await comeAs(mallory), before, TAKEN)
    expect(await peopleOf(site)).toEqual(people)
    expect(await infoOf(site, token)).toEqual({
      status: 200,
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      uid: 1001,
    })
    expect(await refusals(site)).toMatchObject([
      { username: 'ada', provider: 'github', issuer: `${github.url}/`, subject: '2002' },
    ])
    expect((await comeAs(ada)).status).toBe(303)
  })
})
