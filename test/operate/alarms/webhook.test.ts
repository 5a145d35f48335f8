import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { ProcessCounters } from '../../../server/core/process-counters.js'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import { Secret } from '../../../server/core/token/secret.js'
import { watchRefusals } from '../../../server/operate/alarms/watch-refusals.js'
import { chainEvents, verifyAuditChain } from '../../../server/operate/jobs/audit.js'
import { addAccount } from '../../../server/people/add-account.js'
import { AlarmSender } from '../../../server/storage/alarms/alarm-sender.js'
import type { Context } from '../../../server/storage/context.js'
import { liftLockdown, lockDown } from '../../../server/tokens/incident/lockdown.js'
import { revokeIssuedBefore } from '../../../server/tokens/incident/revoke-issued-before.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { openWebhook, type Webhook } from '../../support/peers/webhook.js'
import { ASKED, PASSWORD, type RunningPostern } from '../../support/postern.js'
import { startReplicas } from '../../support/replicas.js'

const OPERATOR = { username: OPERATOR_ACTOR }
const WRONG = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`

let webhook: Webhook
let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>

beforeAll(async () => {
  webhook = await openWebhook()
  const settings = { alertWebhook: webhook.url, alarms: { refusals: 6, window: 600 } }
  ;({ here, there, command, stop } = await startReplicas(settings))
  const groups = [{ name: 'users' }]
  await addAccount(command, { username: 'glass', password: new Secret(PASSWORD), groups, emergency: true })
})
beforeEach(async () => {
  await chainEvents(here.context)
  await here.context.alarms.stop()
  await here.context.redis.flushdb()
  webhook.answer = 200
  webhook.received.length = 0
})
afterAll(async () => {
  await stop()
  await webhook.stop()
})

/** The messages that have come, once both processes have sent theirs. */
async function received(): Promise<string[]> {
  await Promise.all([here.context.alarms.stop(), there.context.alarms.stop()])
  return webhook.received.map(({ text }) => text)
}

describe('an emergency', () => {
  it.each<[name: string, act: () => Promise<unknown>, text: string]>([
    ['a lockdown by a command', () => lockDown(command, undefined, OPERATOR), 'The site was locked down, by '],
    ['the end of a lockdown', () => liftLockdown(command, OPERATOR), 'The lockdown was ended, by '],
    [
      'a revocation for all users',
      () => revokeIssuedBefore(command, here.now() - 9_000, OPERATOR),
      'The sessions and tokens of all users that were issued before a time are being revoked, by ',
    ],
    [
      'the use of an emergency account',
      () => new Visitor(there).signIn('glass'),
      'An emergency account signed in, by glass from 127.0.0.1 ',
    ],
  ])('raises one alarm for %s, whichever process chains its event', async (_name, act, text) => {
    await act()
    await Promise.all([chainEvents(here.context), chainEvents(there.context)])
    expect(await received()).toEqual([expect.stringContaining(`Postern at http://127.0.0.1:8080: ${text}`)])
    await Promise.all([chainEvents(here.context), chainEvents(there.context)])
    expect(await received()).toHaveLength(1)
  })

  it('is not an ordinary sign-in', async () => {
    await here.account('ada')
    await new Visitor(here).signIn('ada')
    await chainEvents(here.context)
    expect(await received()).toEqual([])
  })
})

describe('an uncaught error', () => {
  it('raises one alarm in a window, with the reference of the log and nothing of the error', async () => {
    await command.postgres.pool.query('ALTER TABLE lockdown RENAME TO lockdown_away')
    const answers = [await request(here.server).get('/login'), await request(there.server).get('/login')]
    await command.postgres.pool.query('ALTER TABLE lockdown_away RENAME TO lockdown')
    expect(answers.map(({ status }) => status)).toEqual([500, 500])
    const texts = await received()
    expect(texts).toEqual([
      expect.stringMatching(/: Request failed\. The log has the cause by reference [0-9a-f]{12}\.$/),
    ])
    expect(texts.join()).not.toContain('lockdown')
  })
})

describe('a broken audit chain', () => {
  it('raises an alarm', async () => {
    await lockDown(command, undefined, OPERATOR)
    await liftLockdown(command, OPERATOR)
    await chainEvents(here.context)
    await received()
    webhook.received.length = 0
    const { rows } = await command.postgres.pool.query('SELECT id, event FROM audit_event ORDER BY id DESC LIMIT 1')
    const edit = 'UPDATE audit_event SET event = $2 WHERE id = $1'
    await command.postgres.pool.query(edit, [rows[0].id, rows[0].event.replace('lockdown', 'lockpick')])
    await verifyAuditChain(here.context, here.context.log)
    await command.postgres.pool.query(edit, [rows[0].id, rows[0].event])
    expect(await received()).toEqual([expect.stringContaining('Audit chain broken.')])
  })
})

describe('many refusals of one kind', () => {
  const refuse = async (at: RunningPostern, times: number) => {
    for (let time = 0; time < times; time++)
      await request(at.server).get('/ingress/auth?scope=read:tap').set(ASKED).set('Authorization', `Bearer ${WRONG}`)
    await watchRefusals(at.context)
  }

  it('raise one alarm in a window, counted over all processes and checks', async () => {
    await refuse(here, 3)
    await refuse(there, 2)
    expect(await received()).toEqual([])
    await refuse(there, 1)
    await refuse(here, 8)
    await refuse(there, 8)
    expect(await received()).toEqual([
      expect.stringContaining('6 requests were refused with invalid_token within 600 s'),
    ])
    here.advance(600)
    await refuse(here, 6)
    here.advance(-600)
    expect(await received()).toHaveLength(2)
  })

  it('are added up in Redis until the alarm, and no more in the rest of the window', async () => {
    await refuse(here, 7)
    await refuse(here, 8)
    const number = Math.floor(here.now() / 600)
    expect(await here.context.redis.get(`postern:refusals:{invalid_token:${number}}`)).toBe('7')
    here.advance(600)
    await refuse(here, 2)
    here.advance(-600)
    expect(await here.context.redis.get(`postern:refusals:{invalid_token:${number + 1}}`)).toBe('2')
  })

  it('raise none for visits without a token and for wrong addresses', async () => {
    for (let time = 0; time < 10; time++) {
      await request(here.server).get('/ingress/auth?scope=read:tap').set(ASKED)
      await request(here.server).get('/auth/api/v1/token-info')
      await request(here.server).get('/nowhere')
    }
    await eventually(async () => here.logged().includes('/nowhere'))
    await watchRefusals(here.context)
    expect(await received()).toEqual([])
  })
})

describe('the sender', () => {
  const sender = (pauses: readonly number[] = [1, 1, 1]) => new AlarmSender(here.context, pauses)

  it('tries again until the webhook has taken the alarm, and gives up after four tries', async () => {
    const alarms = sender()
    webhook.answer = 500
    alarms.raise({ key: 'a', text: 'First.' })
    await eventually(() => webhook.received.length >= 2)
    await alarms.stop()
    expect(webhook.received).toHaveLength(4)
    expect(here.logged()).toContain('Alarm not sent')
    webhook.answer = 200
    alarms.raise({ key: 'b', text: 'Second.' })
    await alarms.stop()
    expect(webhook.received.slice(4)).toEqual([{ text: 'Postern at http://127.0.0.1:8080: Second.' }])
  })

  it('writes neither the webhook’s address nor a secret, to the log or to the webhook', async () => {
    const alarms = sender([])
    webhook.answer = 500
    alarms.raise({ key: 'a', text: `Refused gt-${'k'.repeat(22)}.${'s'.repeat(22)} and <!channel> & more.` })
    await alarms.stop()
    expect(webhook.received[0]?.text).toContain(`gt-${'k'.repeat(22)}.[secret] and &lt;!channel&gt; &amp; more.`)
    expect(here.logged()).not.toContain('a-secret-path')
    expect(here.logged()).not.toContain('s'.repeat(22))
  })

  it('follows no redirect', async () => {
    webhook.answer = 302
    const alarms = sender([])
    alarms.raise({ key: 'a', text: 'Moved.' })
    await alarms.stop()
    expect(webhook.received).toHaveLength(1)
  })

  it('sends while Redis does not answer: its outage may be the alarm', async () => {
    const alarms = new AlarmSender({ ...here.context, redis: { set: () => Promise.reject(new Error('down')) } })
    alarms.raise({ key: 'a', text: 'Redis is down.' })
    await alarms.stop()
    expect(webhook.received).toHaveLength(1)
  })

  it('holds a hundred alarms, and says how many more there were', async () => {
    const alarms = sender()
    webhook.answer = 'nothing'
    for (let each = 0; each < 300; each++) alarms.raise({ key: `k${each}`, text: `Alarm ${each}.` })
    await eventually(() => webhook.received.length > 0)
    webhook.answer = 200
    await eventually(() => webhook.received.length > 100)
    await alarms.stop()
    const texts = [...new Set(webhook.received.map(({ text }) => text))]
    expect(texts.length).toBeLessThanOrEqual(102)
    expect(texts.filter((text) => text.includes('199 more alarms were dropped; see the log.'))).toHaveLength(1)
  })

  it('counts each alarm by its outcome', async () => {
    const counters = new ProcessCounters()
    const { alertWebhook: _none, ...without } = here.context.settings
    const alarms = new AlarmSender({ ...here.context, counters }, [])
    for (const key of ['a', 'a', 'b']) {
      alarms.raise({ key, text: 'Again.' })
      await alarms.stop()
      webhook.answer = 500
    }
    const waiting = new AlarmSender({ ...here.context, counters, redis: { set: () => new Promise(() => undefined) } })
    for (let each = 0; each < 103; each++) waiting.raise({ key: `k${each}`, text: 'Many.' })
    new AlarmSender({ ...here.context, counters, settings: without }).raise({ key: 'a', text: 'In the log alone.' })
    const counted = Object.fromEntries([...counters.alarms].map(([outcome, , count]) => [outcome, count]))
    expect(counted).toEqual({ sent: 1, repeated: 1, dropped: 2, failed: 1, logged: 1 })
  })

  it('sends nothing where no webhook is configured, and logs the alarm all the same', async () => {
    const { alertWebhook: _none, ...settings } = here.context.settings
    const alarms = new AlarmSender({ ...here.context, settings })
    alarms.raise({ key: 'a', text: 'In the log alone.' })
    await alarms.stop()
    expect([webhook.received, here.logged().includes('In the log alone.')]).toEqual([[], true])
  })
})
