import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { parseToken } from '../../../server/core/token/token.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { eventsLeft, loggedEvents, storedEvents } from './support/events.js'

const API = '/auth/api/v1'

let postern: RunningPostern
let ada: string
let bobs: string

beforeAll(async () => {
  postern = await startPostern()
  ada = await postern.token('ada', { scopes: ['read:tap', 'user:token'] })
  bobs = await postern.token('bob', { scopes: ['read:tap'] })
})
afterAll(() => postern.stop())

const keyOf = (text: string) => {
  const token = parseToken(text)
  return token instanceof Refusal ? '' : token.key
}

describe('S6: events', () => {
  const wrongToken = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`

  it('name the acting token, the address and the request', async () => {
    const [event] = await eventsLeft(postern, () =>
      request(postern.server)
        .post(`${API}/users/ada/tokens`)
        .set('Authorization', `Bearer ${ada}`)
        .set('X-Request-Id', 'proxy-1234')
        .set('X-Forwarded-For', '192.0.2.9')
        .send({ token_name: 'two', scopes: ['read:tap'] })
        .expect(201)
        .expect('X-Request-Id', 'proxy-1234'),
    )
    expect(event).toMatchObject({
      source: { ip: '192.0.2.9' },
      http: { request: { id: 'proxy-1234' } },
      postern: { token: keyOf(ada) },
    })
  })

  it('of refused checks are lines in the log, and no rows: no check waits for a write', async () => {
    const rows = (await storedEvents(postern)).length
    const lines = loggedEvents(postern).length
    const ask = (token: string) =>
      request(postern.server)
        .get('/ingress/auth?scope=exec:admin')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    await ask(ada).expect(403)
    await ask(wrongToken).expect(401)
    expect(
      loggedEvents(postern)
        .slice(lines)
        .map(({ event, user }) => [event.action, event.reason, user?.name]),
    ).toEqual([
      ['check', 'insufficient_scope', 'ada'],
      ['check', 'invalid_token', undefined],
    ])
    expect(await storedEvents(postern)).toHaveLength(rows)
  })

  it('hold no secret: neither a password in place of a name, nor a token in a path', async () => {
    await new Visitor(postern).signIn('Correct Horse Battery', 'wrong')
    await request(postern.server).get(`${API}/users/ada/tokens/${ada}`).set('Authorization', `Bearer ${bobs}`)
    await new Visitor(postern).signIn('ada', 'a-secret-guess')
    await eventually(async () => loggedEvents(postern).length === (await storedEvents(postern)).length + 2)
    const text = JSON.stringify([...(await storedEvents(postern)), ...loggedEvents(postern)])
    for (const secret of [ada, bobs].map((each) => each.split('.')[1] ?? '')) expect(text).not.toContain(secret)
    for (const secret of ['Correct Horse', 'a-secret-guess', PASSWORD]) expect(text).not.toContain(secret)
  })
})
