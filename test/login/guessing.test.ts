import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import request from 'supertest'
import { WaitingRoom } from '../../server/login/waiting-room.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { Visitor } from '../support/clients/visitor.js'
import { PASSWORD, type RunningPostern, startPostern } from '../support/postern.js'

const TEN_NETWORKS = Array.from({ length: 10 }, (_, network) => `2001:db8:0:${network}::1`)

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())

async function attempt(username: string, password: string, address: string) {
  const agent = request.agent(postern.server)
  const page = await agent.get('/login')
  const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
  return agent.post('/login').set('X-Forwarded-For', address).type('form').send({ csrf, username, password, rd: '' })
}

/** A browser in which a user has signed in and out. */
async function signedInBefore(username: string): Promise<Visitor> {
  const visitor = new Visitor(postern)
  await visitor.signIn(username)
  await visitor.get('/auth/tokens')
  expect((await visitor.post('/logout')).status).toBe(303)
  return visitor
}

/** Fifty wrong passwords, five from each of ten networks. */
async function guessFromEverywhere(username: string): Promise<void> {
  for (const address of TEN_NETWORKS) {
    const answers = await Promise.all(Array.from({ length: 5 }, () => attempt(username, 'wrong', address)))
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
  }
}

describe('a proxy that writes the port into X-Forwarded-For', () => {
  it('names one client for all ports: its guesses shut no other client out, and are its own', async () => {
    await postern.account('emmy')
    for (const port of [1, 2, 3, 4, 5]) {
      expect((await attempt('emmy', 'wrong', `198.51.100.66:${port}`)).status).toBe(403)
    }
    expect((await attempt('emmy', PASSWORD, '[2001:db8:66::1]:4000')).status).toBe(303)
    expect(await sessionsOf('emmy')).toMatchObject([{ address: '2001:db8:66::1' }])
    expect((await attempt('emmy', PASSWORD, '198.51.100.66:6')).status).toBe(429)
    expect((await attempt('emmy', PASSWORD, '::ffff:198.51.100.66')).status).toBe(429)
    expect(await sessionsOf('emmy')).toHaveLength(1)
  })
})

describe('S9: guesses at an account from many networks', () => {
  it('shut its owner out nowhere: a browser of theirs signs in at once, another one after a delay', async () => {
    await postern.account('carol')
    const known = await signedInBefore('carol')
    await guessFromEverywhere('carol')
    const waited = jest.spyOn(WaitingRoom.prototype, 'wait')
    expect((await known.signIn('carol')).status).toBe(303)
    expect(waited).not.toHaveBeenCalled()
    waited.mockRestore()
    const began = performance.now()
    expect((await attempt('carol', PASSWORD, '198.51.100.1')).status).toBe(303)
    expect(performance.now() - began).toBeGreaterThan(4500)
  })

  it('leave the other addresses’ own limits as they were, and at most three attempts waiting', async () => {
    await postern.account('dora')
    await guessFromEverywhere('dora')
    const more = await Promise.all(
      Array.from({ length: 5 }, (_, place) => attempt('dora', 'wrong', `198.51.100.${place + 10}`)),
    )
    expect(more.map(({ status }) => status).sort()).toEqual([403, 403, 403, 429, 429])
    expect(more.find(({ status }) => status === 429)?.headers['retry-after']).toBe('5')
    expect(await sessionsOf('dora')).toEqual([])
  })

  it('name the account in the audit trail, and in no answer', async () => {
    await postern.account('erin')
    const refused = await attempt('erin', 'wrong', '203.0.113.7')
    const unknown = await attempt('nosuch', 'wrong', '203.0.113.7')
    const shown = (html: string) => html.replaceAll(/erin|nosuch|value="[^"]*"/g, '')
    expect(shown(refused.text)).toBe(shown(unknown.text))
    const events = postern
      .logged()
      .split('\n')
      .filter((line) => line.includes('sign_in_failed') && line.includes('erin'))
    expect(events).not.toEqual([])
  })
})

describe('a browser in which a user has signed in', () => {
  it('has a limit of its own, beyond which even the right password is refused', async () => {
    await postern.account('fay')
    const known = await signedInBefore('fay')
    const statuses: number[] = []
    for (let count = 0; count < 10; count++) statuses.push((await known.signIn('fay', 'wrong')).status)
    expect(new Set(statuses)).toEqual(new Set([403]))
    expect((await known.signIn('fay')).status).toBe(429)
    expect(await sessionsOf('fay')).toEqual([])
  })

  it('counts for that user alone: its cookie is no pass to guess at others', async () => {
    await postern.account('gus')
    await postern.account('hal')
    const known = await signedInBefore('gus')
    for (let count = 0; count < 5; count++) await known.signIn('hal', 'wrong')
    expect((await known.signIn('hal')).status).toBe(429)
    expect(await sessionsOf('hal')).toEqual([])
  })
})

describe('attempts that wait', () => {
  it('are bounded for an account and in all, and leave room when they are through', async () => {
    const room = new WaitingRoom({ delay: 20, perAccount: 2, total: 3 })
    const entered = ['ada', 'ada', 'ada', 'bob', 'eve'].map((account) => room.wait(account))
    expect(await Promise.all(entered)).toEqual([true, true, false, true, false])
    expect(await room.wait('ada')).toBe(true)
  })
})
