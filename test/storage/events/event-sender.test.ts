import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { AuditEvent } from '../../../server/core/audit/event.js'
import { accountObject } from '../../../server/core/audit/event.js'
import type { CloudEvent } from '../../../server/core/events/cloud-event.js'
import { ProcessCounters } from '../../../server/core/process-counters.js'
import { EventSender } from '../../../server/storage/events/event-sender.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

const SINK_TOKEN = 'collector-key'

/** What the sink answers: a status, or nothing at all. */
let answer: number | 'nothing' = 200
const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
const sink = createServer(async (message, response) => {
  received.push({ headers: message.headers, body: await text(message) })
  if (answer !== 'nothing') response.writeHead(answer, { Location: '/elsewhere' }).end()
})
let postern: RunningPostern
let token: string

beforeAll(async () => {
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const { port } = sink.address() as AddressInfo
  const events = { sink: `http://127.0.0.1:${port}/events`, sinkToken: SINK_TOKEN }
  postern = await startPostern({ settings: { events } })
  await postern.account('ada')
  token = await postern.token('ada')
})
beforeEach(async () => {
  answer = 200
  await postern.context.usage.flush(postern.context)
  postern.context.events.sendUses()
  await postern.context.events.stop()
  received.length = 0
})
afterAll(async () => {
  sink.closeAllConnections()
  await postern.stop()
  sink.close()
})

/** The events that came. */
const eventsSent = (): CloudEvent[] => received.flatMap(({ body }) => JSON.parse(body) as CloudEvent[])

async function allSent(): Promise<CloudEvent[]> {
  await postern.context.usage.flush(postern.context)
  postern.context.events.sendUses()
  await postern.context.events.stop()
  return eventsSent()
}

const check = () =>
  request(postern.server).get('/ingress/auth?scope=read:tap').set(ASKED).set('Authorization', `Bearer ${token}`)

const signIn = (id: string): AuditEvent => ({
  action: 'sign-in',
  actor: { username: 'ada' },
  object: accountObject('ada'),
  id,
  at: postern.now(),
})

const outcomes = ({ events }: Pick<ProcessCounters, 'events'>) =>
  Object.fromEntries([...events].map(([outcome, , count]) => [outcome, count]))

describe('the sink of events', () => {
  it('gets sign-ins that succeed and that fail, as valid CloudEvents with its token', async () => {
    await new Visitor(postern).signIn('ada')
    await new Visitor(postern).signIn('ada', 'a guess at a password')
    const events = await allSent()
    expect(events.map(({ type, source, data }) => ({ type, source, data }))).toEqual([
      {
        type: 'dev.postern.login_success',
        source: 'http://127.0.0.1:8080/',
        data: { username: 'ada', method: 'password' },
      },
      {
        type: 'dev.postern.login_failure',
        source: 'http://127.0.0.1:8080/',
        data: { username: 'ada', method: 'password', code: expect.any(String) },
      },
    ])
    for (const event of events) {
      // CloudEvents 1.0.2, §3: the required attributes, none empty, and those with a form of their own.
      expect(event).toMatchObject({ specversion: '1.0', datacontenttype: 'application/json' })
      expect(event.id).toMatch(/^[0-9a-f]{32}$/)
      expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/)
    }
    expect(new Set(events.map(({ id }) => id)).size).toBe(2)
    expect(received[0]?.headers).toMatchObject({
      authorization: `Bearer ${SINK_TOKEN}`,
      'content-type': 'application/cloudevents-batch+json',
    })
  })

  it('gets the sum of the checks that passed, those from the response cache, too', async () => {
    for (let time = 0; time < 5; time++) expect((await check()).status).toBe(200)
    expect((await allSent()).map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'dev.postern.auth_user',
        data: {
          username: 'ada',
          tokenType: 'user',
          count: 5,
          since: expect.any(String),
          until: expect.any(String),
        },
      },
    ])
    expect(await allSent()).toHaveLength(1)
  })

  it('never gets a key, a secret or a password', async () => {
    await new Visitor(postern).signIn('ada')
    await new Visitor(postern).signIn(token, 'a guess at a password')
    await check()
    const facts = (await allSent()).map(({ data }) => data)
    expect(facts).toHaveLength(3)
    // A key, as that of the session, and a secret have 22 such characters.
    expect(JSON.stringify(facts)).not.toMatch(/[\w-]{22}/)
    const bodies = received.map(({ body }) => body).join()
    expect(bodies).not.toMatch(/gt-|a guess/)
    for (const secret of [PASSWORD, SINK_TOKEN, ...token.split('.')]) expect(bodies).not.toContain(secret)
  })

  it('delays neither a sign-in nor a check when it hangs', async () => {
    answer = 'nothing'
    const counters = outcomes(postern.context.counters)
    expect((await new Visitor(postern).signIn('ada')).status).toBe(303)
    await eventually(async () => received.length > 0)
    expect((await check()).status).toBe(200)
    await postern.context.usage.flush(postern.context)
    // The first try still waits.
    expect(outcomes(postern.context.counters)).toEqual(counters)
    answer = 200
    sink.closeAllConnections()
    await eventually(async () => received.length > 1)
    expect(received[1]?.body).toBe(received[0]?.body)
  })
})

describe('a sender of events', () => {
  const senderWith = (settings: object = {}) => {
    const counters = new ProcessCounters()
    const context = { ...postern.context, counters, settings: { ...postern.context.settings, ...settings } }
    return { sender: new EventSender(context, [1]), counters }
  }

  it.each([503, 302])('counts what a sink that answers %i does not take, after its tries', async (status) => {
    answer = status
    const { sender, counters } = senderWith()
    sender.signIns([signIn('one'), signIn('two')])
    await sender.stop()
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${SINK_TOKEN}`,
      `Bearer ${SINK_TOKEN}`,
    ])
    expect(outcomes(counters)).toEqual({ sent: 0, dropped: 0, failed: 2 })
    expect(postern.logged()).toContain('Events not sent')
  })

  it('counts what its bounded queue has no room for', async () => {
    const { sender, counters } = senderWith()
    sender.signIns(Array.from({ length: 10_003 }, (_, index) => signIn(String(index))))
    await sender.stop()
    expect(outcomes(counters)).toEqual({ sent: 10_000, dropped: 3, failed: 0 })
  })

  it('sends and keeps nothing where the site has no sink', async () => {
    const { sender, counters } = senderWith({ events: {} })
    sender.signIns([signIn('one')])
    sender.addUses([{ username: 'ada', type: 'user', count: 1, first: postern.now(), last: postern.now() }])
    sender.sendUses()
    await sender.stop()
    expect(received).toEqual([])
    expect(outcomes(counters)).toEqual({ sent: 0, dropped: 0, failed: 0 })
  })
})
