import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { chainEvents, logAuditHead, verifyAuditChain } from '../../../server/operate/jobs/audit.js'
import { verifyChain } from '../../../server/storage/audit/verify-chain.js'
import { commit } from '../../../server/storage/unit-of-work.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { storedEvents } from './support/events.js'

const ACT = { action: 'account.enable', actor: { username: 'root1' } } as const

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const query = (text: string) => postern.context.postgres.pool.query(text)
const verify = () => verifyChain(postern.context.postgres)

async function record(count: number): Promise<void> {
  const { context } = postern
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      commit(context, async (work) => work.record({ ...ACT, object: { type: 'account', id: `user-${n}` } })),
    ),
  )
}

describe('the chain of audit events', () => {
  beforeAll(async () => {
    await record(8)
    await chainEvents(postern.context)
  })

  it('has every event once, in the order of the rows, and is whole', async () => {
    const { rows } = await query('SELECT position FROM audit_event ORDER BY id')
    expect(rows.map(({ position }) => Number(position))).toEqual(rows.map((_, index) => index + 1))
    expect(await verify()).toMatchObject({ links: rows.length })
  })

  it('has each event once, when several processes chain at the same moment', async () => {
    await record(40)
    const { context } = postern
    await Promise.all([chainEvents(context), chainEvents(context), chainEvents(context)])
    await chainEvents(context)
    const { rows } = await query(
      'SELECT count(*)::int AS events, count(DISTINCT position)::int AS places FROM audit_event',
    )
    expect(rows[0].places).toBe(rows[0].events)
    expect(await verify()).toMatchObject({ links: rows[0].events })
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['an edited event',           `UPDATE audit_event SET event = replace(event, 'root1', 'mallory') WHERE position = 3`, { position: 3, fault: 'changed' }],
    ['a deleted event',           `DELETE FROM audit_event WHERE position = 4`,                                          { position: 4, fault: 'missing' }],
    ['a deleted first event',     `DELETE FROM audit_event WHERE position = 1`,                                          { position: 1, fault: 'missing' }],
    ['the deletion of the last',  `DELETE FROM audit_event WHERE position > 40`,                                         { position: 41, fault: 'missing' }],
    ['an order that was changed', `UPDATE audit_event a SET event = b.event FROM audit_event b WHERE (a.position, b.position) IN ((5, 6), (6, 5))`, { position: 5, fault: 'changed' }],
    ['an event put in between',   `UPDATE audit_event SET position = position + 1000 WHERE position > 6`,                 { position: 7, fault: 'missing' }],
    ['an edited hash',            `UPDATE audit_event SET hash = repeat('0', 64) WHERE position = 2`,                    { position: 2, fault: 'changed' }],
  ])('verification names %s', async (_name, tamper, expected) => {
    await query('CREATE TABLE untouched AS SELECT * FROM audit_event')
    await query(tamper)
    const broken = await verify()
    await verifyAuditChain(postern.context, postern.context.log)
    await query('DELETE FROM audit_event')
    await query('INSERT INTO audit_event SELECT * FROM untouched')
    await query('DROP TABLE untouched')
    expect(broken).toEqual(expected)
    expect(postern.logged()).toContain('Audit chain broken')
    expect(await verify()).toHaveProperty('links')
  })

  it('that was rewritten as a whole does not contain a head that was logged before', async () => {
    await logAuditHead(postern.context, postern.context.log)
    const [, hash = ''] = /"hash":"([0-9a-f]{64})","msg":"Audit chain head"/.exec(postern.logged()) ?? []
    const { rows } = await query('SELECT max(position)::int AS position FROM audit_event')
    const head = { position: rows[0].position, hash }
    expect(await verifyChain(postern.context.postgres, head)).toHaveProperty('links')
    await query(`UPDATE audit_event SET event = replace(event, 'root1', 'mallory'), position = NULL, hash = NULL`)
    await query('DELETE FROM audit_chain')
    await chainEvents(postern.context)
    expect(await verify()).toHaveProperty('links')
    expect(await verifyChain(postern.context.postgres, head)).toEqual({ position: head.position, fault: 'changed' })
  })
})

describe('an act and its event', () => {
  const tokens = async () => Number((await query('SELECT count(*) FROM token')).rows[0].count)

  it('are committed together: an act whose event cannot be written does not happen', async () => {
    const token = await postern.token('ada', { scopes: ['read:tap', 'user:token'] })
    const before = await tokens()
    const events = (await storedEvents(postern)).length
    await query('ALTER TABLE audit_event ADD CONSTRAINT refuse CHECK (id < 0) NOT VALID')
    const create = () =>
      request(postern.server)
        .post('/auth/api/v1/users/ada/tokens')
        .set('Authorization', `Bearer ${token}`)
        .send({ token_name: 'unseen', scopes: ['read:tap'] })
    await create().expect(500)
    await query('ALTER TABLE audit_event DROP CONSTRAINT refuse')
    expect(await tokens()).toBe(before)
    expect(await storedEvents(postern)).toHaveLength(events)
    await create().expect(201)
    expect(await storedEvents(postern)).toHaveLength(events + 1)
  })

  it('an act that is rolled back leaves no event, in the table or in the log', async () => {
    const events = (await storedEvents(postern)).length
    const logged = postern.logged().length
    const failing = commit(postern.context, async (work) => {
      work.record(ACT)
      throw new Error('changed its mind')
    })
    await expect(failing).rejects.toThrow('changed its mind')
    expect(await storedEvents(postern)).toHaveLength(events)
    expect(postern.logged().slice(logged)).not.toContain('"audit"')
  })

  it('an event of a process that was killed before it was chained is chained by the next one', async () => {
    await record(1)
    const open = (await query('SELECT count(*)::int AS open FROM audit_event WHERE position IS NULL')).rows[0].open
    expect(await chainEvents(postern.context)).toBe(open)
    expect(await verify()).toHaveProperty('links')
  })
})

describe('the queue of refusals', () => {
  it('is bounded: what does not fit is in the log alone, and counted by one event', async () => {
    const { audit } = postern.context
    await storedEvents(postern)
    const before = (await storedEvents(postern)).length
    for (let n = 0; n < 1_003; n++) audit.refuse({ action: 'api.call', actor: {}, code: 'invalid_token' })
    const events = (await storedEvents(postern)).slice(before)
    expect(events).toHaveLength(1_001)
    expect(events.at(-1)).toMatchObject({ event: { action: 'audit.overflow' }, postern: { after: { count: 3 } } })
  })

  it('keeps its refusals while PostgreSQL does not answer', async () => {
    const { audit, postgres } = postern.context
    audit.refuse({ action: 'api.call', actor: {}, code: 'invalid_token' })
    const down = { pool: { query: () => Promise.reject(new Error('down')) } as unknown as typeof postgres.pool }
    await expect(audit.flush(down)).rejects.toThrow('down')
    const before = Number((await query('SELECT count(*) FROM audit_event')).rows[0].count)
    expect(await storedEvents(postern)).toHaveLength(before + 1)
  })
})
