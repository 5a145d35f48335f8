import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { type DirectoryServer, startDirectoryServer } from '../../support/peers/ldap-server.js'
import {
  CLIENT_ID,
  type Forgery,
  type ProviderStandIn,
  signed,
  startProviderStandIn,
} from '../../support/peers/provider-stand-in.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'
import { traces } from '../../support/sign-in-refused.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'

describeWith(['slapd'], 'With a provider for the identity, and a directory for the rest', () => {
  let directory: DirectoryServer
  let standIn: ProviderStandIn
  let relay: Relay
  let postern: RunningPostern

  beforeAll(async () => {
    directory = await startDirectoryServer()
    standIn = await startProviderStandIn()
    await directory.person('ada', { displayName: 'Ada King', mail: 'ada@example.org', uidNumber: '5001' })
    await directory.person('eve', { displayName: 'Eve', uidNumber: '5002' })
    await directory.group('g_users', '6001', ['ada'])
  })
  afterAll(async () => {
    await standIn.stop()
    await directory.stop()
  })
  beforeEach(async () => {
    relay = await startRelay(directory.url)
    const client = { clientId: CLIENT_ID, clientSecret: 'a secret', issuer: standIn.issuer }
    postern = await startPostern({
      settings: {
        // The one tells groups, too; the other, as CILogon does, only the identity.
        keycloak: client,
        oidc: { ...client, usernameClaim: 'preferred_username' },
        groupMapping: { 'read:tap': ['g_users'] },
        ldap: directory.settings({ url: relay.url }),
      },
    })
  })
  afterEach(async () => {
    await postern.stop()
    await relay.stop()
  })

  async function signIn(claims: Forgery['claims'], provider = 'keycloak') {
    const visitor = new Visitor(postern)
    standIn.answer = { idToken: (nonce, self) => signed(self, nonce, { claims: { ...claims } }) }
    const { searchParams } = new URL(String((await visitor.get(`/login/${provider}`)).headers.location))
    return visitor.get(
      `/login/${provider}/callback?code=${searchParams.get('nonce')}&state=${searchParams.get('state')}`,
    )
  }

  it('the directory’s word counts for the session', async () => {
    const response = await signIn({ preferred_username: 'ada', name: 'ada at the provider', groups: [] })
    expect(response.status).toBe(303)
    expect(await listSessions(postern.context, 'ada', postern.now())).toMatchObject([
      { ownerName: 'Ada King', email: 'ada@example.org', groups: ['g_users'], scopes: ['read:tap', 'user:token'] },
    ])
  })

  it('no user is admitted by a group that only the provider names', async () => {
    const response = await signIn({ preferred_username: 'eve', groups: ['g_users'] })
    expect(response.status).toBe(403)
    expect(response.text).toContain('Your account is not in a group that has access. You came as eve.')
    expect(await listSessions(postern.context, 'eve', postern.now())).toEqual([])
  })

  it('no user is refused for good while the directory is down, nor admitted', async () => {
    await relay.cut()
    const before = await traces(postern)
    const response = await signIn({ preferred_username: 'eve' }, 'oidc')
    expect(response.status).toBe(503)
    expect(response.text).not.toContain('no group')
    expect(await traces(postern)).toEqual(before)
    await relay.mend()
    // It is not asked again at once: it may need to recover.
    await eventually(async () => {
      expect((await signIn({ preferred_username: 'ada' }, 'oidc')).status).toBe(303)
    })
  })
})
