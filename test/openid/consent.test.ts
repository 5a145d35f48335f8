import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as oidc from 'openid-client'
import request from 'supertest'
import { releaseName } from '../../server/login/user-name.js'
import { changeClient } from '../../server/openid/clients.js'
import { saveIdentity } from '../../server/people/save-identity.js'
import { findClient } from '../../server/storage/postgres/openid/clients.js'
import { findConsent } from '../../server/storage/postgres/openid/consents.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern } from '../support/postern.js'
import { agreeTo, register, sentTo, signInTo, startProvider } from './support/relying-party.js'

const QUESTION = /^\/auth\/openid\/interaction\//
const LASTING = { scope: 'openid email offline_access', prompt: 'consent' }
const USUAL = { scope: 'openid email' }
let postern: RunningPostern

beforeAll(async () => {
  postern = await startProvider()
})
afterAll(() => postern.stop())

const statusOf = async (token: string) =>
  (
    await request(postern.server)
      .get('/ingress/auth')
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
  ).status
const withdrawal = (id: string) => `/auth/services/${id}/withdraw`

describe('what a user has agreed to', () => {
  it('is asked once, in all sessions, until the client asks for more or leads to another host', async () => {
    const party = await register(postern, { isOwnSite: false })
    await agreeTo(party, await signedIn(postern, 'ada'), USUAL)
    const later = await signedIn(postern, 'ada')
    expect((await signInTo(party, later, USUAL)).claims()?.email).toBe('ada@example.org')
    expect((await signInTo(party, later, { scope: 'openid' })).claims()?.email).toBeUndefined()
    const more = await party.begin({ scope: 'openid groups' })
    expect(sentTo(await later.get(more.path))).toMatch(QUESTION)
    expect((await agreeTo(party, later, { scope: 'openid groups' })).claims()?.groups).toEqual(['users'])
    expect((await signInTo(party, later, { scope: 'openid email groups' })).claims()?.sub).toBe('ada')

    const client = await findClient(postern.context.postgres.prisma, party.id)
    if (!client) throw new Error('no client')
    const elsewhere = { ...client, redirectUris: [...client.redirectUris, 'https://evil.example.org/callback'] }
    await changeClient(postern.context, party.id, elsewhere, { username: 'root' })
    expect(sentTo(await later.get((await party.begin(USUAL)).path))).toMatch(QUESTION)
    await agreeTo(party, later, USUAL)
    expect((await signInTo(party, later, USUAL)).claims()?.sub).toBe('ada')
    expect(sentTo(await later.get((await party.begin({ scope: 'openid groups' })).path))).toMatch(QUESTION)
  })

  it('is nobody else’s, and gives no refresh token unless the client asks for one', async () => {
    const party = await register(postern, { isOwnSite: false })
    const ada = await signedIn(postern, 'ada')
    expect((await agreeTo(party, ada, LASTING)).refresh_token).toBeDefined()
    expect((await signInTo(party, ada, USUAL)).refresh_token).toBeUndefined()
    expect((await signInTo(party, ada, { scope: 'openid email offline_access' })).refresh_token).toBeDefined()
    const eve = await signedIn(postern, 'eve')
    expect(sentTo(await eve.get((await party.begin(USUAL)).path))).toMatch(QUESTION)
    expect((await eve.get(withdrawal(party.id))).status).toBe(404)
    expect((await eve.post(withdrawal(party.id))).status).toBe(404)
    expect((await signInTo(party, ada, USUAL)).claims()?.sub).toBe('ada')
  })

  it('is listed on the page of the account and withdrawn there, with all that the client was given', async () => {
    const description = 'Cosmic Plots'
    const party = await register(postern, { isOwnSite: false, description })
    const other = await register(postern, { isOwnSite: false })
    const visitor = await signedIn(postern, 'grace')
    const elsewhere = await signedIn(postern, 'grace')
    expect((await visitor.get('/auth/account')).text).not.toContain('Services that you agreed to')
    const kept = await agreeTo(other, visitor, LASTING)
    const first = await agreeTo(party, visitor, LASTING)
    const second = await signInTo(party, elsewhere, { scope: 'openid email offline_access' })
    const begun = await party.begin(USUAL)
    const code = sentTo(await visitor.get(begun.path))
    const page = (await visitor.get('/auth/account')).text
    expect(page).toContain(description)
    expect(page).toContain('Receives your user name here, your e-mail address, also while you are away')
    const question = await visitor.get(withdrawal(party.id))
    expect(question.text).toContain(`Withdraw what you agreed to for ${description}?`)
    expect((await visitor.post(withdrawal(party.id), { csrf: 'forged' })).status).toBe(403)
    expect(await statusOf(first.access_token)).toBe(200)

    await visitor.get(withdrawal(party.id))
    expect(sentTo(await visitor.post(withdrawal(party.id)))).toBe('/auth/account#services')
    expect((await visitor.get('/auth/account')).text).not.toContain(description)
    for (const { access_token, refresh_token = '' } of [first, second]) {
      expect(await statusOf(access_token)).toBe(401)
      const refresh = oidc.refreshTokenGrant(party.config, refresh_token)
      await expect(refresh).rejects.toMatchObject({ error: 'invalid_grant' })
    }
    await expect(party.finish(code, begun)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await statusOf(kept.access_token)).toBe(200)
    expect((await oidc.refreshTokenGrant(other.config, kept.refresh_token ?? '')).token_type).toBe('bearer')
    expect(sentTo(await visitor.get((await party.begin(USUAL)).path))).toMatch(QUESTION)

    // What was given before stays withdrawn, to the second: the provider reads the clock of the system.
    const withdrawn = postern.now()
    await eventually(async () => postern.now() > withdrawn)
    await agreeTo(party, visitor, LASTING)
    const revived = oidc.refreshTokenGrant(party.config, second.refresh_token ?? '')
    await expect(revived).rejects.toMatchObject({ error: 'invalid_grant' })
    const acts = (await storedEvents(postern)).filter(
      ({ event, postern: { object } }) => event.action.startsWith('consent.') && object?.id === party.id,
    )
    expect(acts.map(({ event, user }) => [event.action, user?.name])).toEqual([
      ['consent.give', 'grace'],
      ['consent.withdraw', 'grace'],
      ['consent.give', 'grace'],
    ])
  })

  it('is gone with the name of its user', async () => {
    const party = await register(postern, { isOwnSite: false })
    const identity = { provider: 'sky', issuer: 'https://login.example.org', subject: '1815' }
    await saveIdentity(
      postern.context,
      identity,
      { username: 'hedy', groups: [{ name: 'users', id: 9 }] },
      postern.now(),
    )
    const pair = { username: 'hedy', clientId: party.id }
    const { prisma } = postern.context.postgres
    await prisma.oidcConsent.create({
      data: { ...pair, scopes: ['openid'], hosts: ['grafana.example.org'], granted: new Date() },
    })
    expect(await findConsent(prisma, pair)).toBeDefined()
    await releaseName(postern.context, 'hedy', { username: '<operator>' })
    expect(await findConsent(prisma, pair)).toBeUndefined()
  })

  it('is no page for a visitor who is not signed in', async () => {
    const party = await register(postern, { isOwnSite: false })
    expect(sentTo(await new Visitor(postern).get(withdrawal(party.id)))).toMatch(/^\/login\?rd=/)
  })
})
