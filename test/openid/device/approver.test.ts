import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { CLI_CLIENT, DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { DEFAULT_GROUP_MAPPING } from '../../../server/settings/rubin.js'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { commit } from '../../../server/storage/unit-of-work.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { PASSWORD, type RunningPostern } from '../../support/postern.js'
import { register, startProvider } from '../support/relying-party.js'

const STALE = 15 * 60 + 1
const RESUME = '/auth/reauthenticate/resume'
let postern: RunningPostern

beforeAll(async () => {
  const settings = {
    deviceLogin: { enabled: true },
    scopesFollowGroups: true,
    groupMapping: { ...DEFAULT_GROUP_MAPPING, 'read:tap': ['survey'] },
  }
  postern = await startProvider({ settings })
})
afterAll(() => postern.stop())

interface Begun {
  readonly device_code: string
  readonly user_code: string
}

const send = (path: string, fields: Record<string, string>) =>
  request(postern.server).post(`/auth/openid/${path}`).type('form').send(fields)

async function begin(client_id = CLI_CLIENT, scope = ''): Promise<Begun> {
  const { body } = await send('device/code', { client_id, scope })
  return body
}

const poll = async ({ device_code }: Begun, client_id = CLI_CLIENT): Promise<Record<string, unknown>> =>
  (await send('token', { grant_type: DEVICE_GRANT, client_id, device_code })).body

const answer = (visitor: Visitor, { user_code }: Begun, fields: Record<string, string> = {}) =>
  visitor.post('/auth/device/answer', { user_code, answer: 'allow', ...fields })

/** The hidden fields of the form on a page. */
const hidden = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code))),
    ]),
  )

async function countTokens(name: string): Promise<number> {
  return postern.context.postgres.prisma.token.count({ where: { name } })
}

/** Takes a group from a user, as it reaches every process. */
async function takeFrom(username: string, group: string): Promise<void> {
  await commit(postern.context, async ({ db, invalidate }) => {
    await db.groupMember.deleteMany({ where: { username, group } })
    invalidate(personTopic(username))
  })
}

describe('an administrator who signed in long ago', () => {
  it('approves no token that administers the site, or never ends, before they sign in again', async () => {
    const root = await signedIn(postern, 'root', ['users', 'admins', 'survey'])
    postern.advance(STALE)
    for (const [name, fields] of [
      ['administers', { scope: 'admin:token', expires: '30d' }],
      ['endless', { scope: 'read:tap', expires: 'never' }],
    ] as const) {
      const begun = await begin()
      const asked = await answer(root, begun, { name, ...fields })
      expect(asked.status).toBe(403)
      expect(asked.text).toContain('action="/auth/reauthenticate"')
      expect(await poll(begun)).toMatchObject({ error: 'authorization_pending' })
      expect(await countTokens(name)).toBe(0)
    }
  })

  it('approves what they chose once they have, and plain tokens at any time', async () => {
    const root = await signedIn(postern, 'root')
    postern.advance(STALE)
    const plain = await begin()
    await answer(root, plain, { name: 'plain', scope: 'read:tap', expires: '30d' })
    expect(await poll(plain)).toMatchObject({ token_name: 'plain' })
    const begun = await begin()
    const asked = await answer(root, begun, { name: 'chosen', scope: 'admin:token', expires: '30d' })
    await root.post('/auth/reauthenticate', { ...hidden(asked.text), password: PASSWORD })
    expect(await poll(begun)).toMatchObject({ error: 'authorization_pending' })
    const kept = await root.get(RESUME)
    const [, action = ''] = /<form method="post" action="(\/auth\/device[^"]*)"/.exec(kept.text) ?? []
    expect((await root.post(action, hidden(kept.text))).text).toContain('Go back to your program')
    postern.advance(5)
    expect(await poll(begun)).toMatchObject({ token_name: 'chosen', scope: 'admin:token' })
  })
})

describe('a user who has lost a group since they approved', () => {
  it('gives the program no token with the scope of the group', async () => {
    const visitor = await signedIn(postern, 'ada', ['users', 'survey'])
    const [lost, rest] = [await begin(), await begin()]
    await answer(visitor, lost, { name: 'of the survey', scope: 'read:tap', expires: '30d' })
    await answer(visitor, rest, { name: 'of all users', scope: 'read:image', expires: '30d' })
    await takeFrom('ada', 'survey')
    const refused = { error: 'access_denied', error_description: expect.stringContaining('scopes') }
    expect(await poll(lost)).toMatchObject(refused)
    expect(await countTokens('of the survey')).toBe(0)
    expect(await poll(lost)).toMatchObject({ error: 'invalid_grant' })
    expect(await poll(rest)).toMatchObject({ scope: 'read:image' })
  })

  it('gives no token to a client that is for the group', async () => {
    const redirectUris = ['http://127.0.0.1/callback']
    const { id } = await register(postern, { isPublic: true, redirectUris, requiredGroups: ['survey'] })
    const visitor = await signedIn(postern, 'grace', ['users', 'survey'])
    const begun = await begin(id, 'openid')
    expect((await answer(visitor, begun)).text).toContain('Go back to your program')
    await takeFrom('grace', 'survey')
    expect(await poll(begun, id)).toMatchObject({ error: 'invalid_grant' })
    const made = await postern.context.postgres.pool.query('SELECT 1 FROM token_change WHERE service = $1', [id])
    expect(made.rowCount).toBe(0)
  })
})
