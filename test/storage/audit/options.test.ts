import { afterEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { DAY } from '../../../server/core/time.js'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { pruneAudit } from '../../../server/storage/audit/prune.js'
import { verifyChain } from '../../../server/storage/audit/verify-chain.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { loggedEvents, storedEvents } from './support/events.js'

let postern: RunningPostern

afterEach(() => postern.stop())

const ask = (token?: string, scope = 'read:tap') =>
  request(postern.server)
    .get(`/ingress/auth?scope=${scope}`)
    .set({ ...ASKED, ...(token && { Authorization: `Bearer ${token}` }) })

const checks = (events: Awaited<ReturnType<typeof storedEvents>>) =>
  events.filter(({ event }) => event.action === 'check').map(({ event }) => event.reason ?? event.outcome)

describe('the options of the audit trail', () => {
  it('admissions: each check that passes is a log line, also one that is served from the cache', async () => {
    postern = await startPostern({ settings: { audit: { admissions: true } }, logLevel: 'error' })
    const token = await postern.token('ada')
    for (let n = 0; n < 3; n++) await ask(token).expect(200)
    await ask().expect(401)
    expect(checks(loggedEvents(postern))).toEqual(['success', 'success', 'success', 'no_authorization'])
    expect(checks(await storedEvents(postern))).toEqual([])
  })

  it('checks: a refused check is in the table, and one that passes is not', async () => {
    postern = await startPostern({ settings: { audit: { checks: true } } })
    const token = await postern.token('ada')
    await ask(token).expect(200)
    await ask(token, 'exec:admin').expect(403)
    expect(checks(await storedEvents(postern))).toEqual(['insufficient_scope'])
  })
})

describe('the retention of the audit trail', () => {
  it('deletes the oldest events, says so by an event, and leaves a chain that can be verified', async () => {
    postern = await startPostern()
    const { context } = postern
    await postern.account('old')
    await chainEvents(context)
    postern.advance(400 * DAY)
    await postern.account('new')
    await chainEvents(context)
    expect(await pruneAudit(context, context.clock() - 365 * DAY)).toBe(1)
    expect(await pruneAudit(context, context.clock() - 365 * DAY)).toBe(0)
    await chainEvents(context)
    const events = await storedEvents(postern)
    expect(events.map(({ event }) => event.action)).toEqual(['account.create', 'audit.prune'])
    expect(events[1]?.postern.after).toMatchObject({ position: 1 })
    expect(await verifyChain(context.postgres)).toMatchObject({ links: 2, head: { position: 3 } })
  })

  it('leaves an old event that is not chained yet', async () => {
    postern = await startPostern()
    await postern.account('old')
    expect(await pruneAudit(postern.context, postern.now() + DAY)).toBe(0)
    expect(await storedEvents(postern)).toHaveLength(1)
  })
})
