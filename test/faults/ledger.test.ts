import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Reply } from '../support/clients/caller.js'
import { answerTo, isOutage, namesOf, outcomeOf, rotatedAfterAll, rotationOf } from './answers.js'
import { type Entry, KEPT, Ledger, WIDER } from './ledger.js'
import { Operations } from './operations.js'

/** Far longer than a test takes on a busy machine. */
const BOUND_MS = 60_000
const LONG_AGO = performance.now() - 60 * BOUND_MS

let ledger: Ledger
let entry: Entry

beforeEach(() => {
  ledger = new Ledger(BOUND_MS, () => undefined)
  entry = shown('user')
})

function shown(kind: Entry['kind'], parent?: Entry): Entry {
  const text = `gt-${`${ledger.entries.length}`.padStart(22, 'k')}.${'s'.repeat(22)}`
  return ledger.shown({ text, kind, owner: 'ada', askedAt: LONG_AGO, ...(parent && { parent }) })
}

const answered = (status: number, ago = 0) => ({ status, sentAt: performance.now() - ago })
const counted = () => Object.fromEntries(Object.entries(ledger.wrongs).map(([kind, list]) => [kind, list.length]))
const NOTHING = { admitted: 0, refused: 0, lost: 0, unusable: 0, failed: 0 }

describe('a violation in a fault campaign', () => {
  it('is not that a valid token is admitted, nor that no server answered', () => {
    ledger.judge(entry, KEPT, answered(200), 'first')
    ledger.judge(entry, KEPT, answered(503), 'first')
    expect(counted()).toEqual(NOTHING)
  })

  it('is that a valid token is refused', () => {
    ledger.judge(entry, KEPT, answered(401), 'first')
    expect(counted()).toEqual({ ...NOTHING, refused: 1 })
  })

  it('is that a token is admitted by a check that was sent after its revocation and the bound, and not one sent before', () => {
    entry.endBegan = entry.ended = performance.now() - 5 * BOUND_MS
    ledger.judge(entry, KEPT, answered(200, 4.5 * BOUND_MS), 'first')
    expect(counted()).toEqual(NOTHING)
    ledger.judge(entry, KEPT, answered(200, 3.5 * BOUND_MS), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is not that a token with an unconfirmed revocation is refused or admitted', () => {
    entry.endBegan = performance.now() - 5 * BOUND_MS
    ledger.judge(entry, KEPT, answered(200), 'first')
    ledger.judge(entry, KEPT, answered(401), 'first')
    expect(counted()).toEqual(NOTHING)
  })

  it('is that a token is admitted whose parent was revoked', () => {
    const child = shown('delegated', entry)
    entry.endBegan = entry.ended = performance.now() - 5 * BOUND_MS
    ledger.judge(child, KEPT, answered(200), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is that a removed scope is in effect, and not that the others are', () => {
    entry.narrowBegan = entry.narrowed = performance.now() - 5 * BOUND_MS
    ledger.judge(entry, KEPT, answered(200), 'first')
    ledger.judge(entry, WIDER, answered(403), 'first')
    expect(counted()).toEqual(NOTHING)
    ledger.judge(entry, WIDER, answered(200), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is not that Redis has lost a session, but that a revoked one is valid again', () => {
    const session = shown('session')
    ledger.redisLost(Number.NEGATIVE_INFINITY)
    ledger.judge(session, KEPT, answered(401), 'first')
    expect(counted()).toEqual(NOTHING)
    session.endBegan = session.ended = performance.now() - 5 * BOUND_MS
    ledger.judge(session, KEPT, answered(200), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is not that a delegated token is refused that a cache of before the loss may have given, but one given after that', () => {
    const delegated = shown('delegated', entry)
    const again = (askedAt: number) => ledger.shown({ ...delegated, askedAt })
    ledger.redisLost(Number.NEGATIVE_INFINITY)
    again(performance.now() + BOUND_MS / 2)
    ledger.judge(delegated, KEPT, answered(401), 'first')
    expect(counted()).toEqual(NOTHING)
    again(performance.now() + BOUND_MS * 2)
    ledger.judge(delegated, KEPT, answered(401), 'first')
    expect(counted()).toEqual({ ...NOTHING, refused: 1 })
  })

  it('is not that a check refused a delegated token that was made again while the check was under way', () => {
    const delegated = shown('delegated', entry)
    ledger.redisLost(Number.NEGATIVE_INFINITY)
    const underWay = answered(401, 1)
    ledger.shown({ ...delegated, askedAt: performance.now() + BOUND_MS * 2 })
    ledger.judge(delegated, KEPT, underWay, 'second')
    expect(counted()).toEqual(NOTHING)
    ledger.judge(delegated, KEPT, answered(401), 'second')
    expect(counted()).toEqual({ ...NOTHING, refused: 1 })
  })

  it('is that a user token is refused after Redis has lost everything', () => {
    ledger.redisLost(Number.NEGATIVE_INFINITY)
    ledger.judge(entry, KEPT, answered(401), 'first')
    expect(counted()).toEqual({ ...NOTHING, refused: 1 })
  })
})

describe('a token that a scene holds', () => {
  it('is not changed by the load, nor is one that came of it, until the scene is over', () => {
    const child = shown('delegated', entry)
    const other = shown('user')
    ledger.hold(entry)
    expect(ledger.living()).toEqual([other])
    entry.endBegan = performance.now()
    expect(ledger.unconfirmed()).toEqual([])
    ledger.releaseAll()
    expect(ledger.unconfirmed()).toEqual([entry])
    delete entry.endBegan
    expect(ledger.living()).toEqual([entry, child, other])
  })
})

describe('a verdict', () => {
  const BRIEF = { withinMs: 0, everyMs: 1 }
  const CONNECTION_LOST = new Error('The connection was closed')
  const reply = (status: number, body: unknown = undefined): Reply => ({
    status,
    sentAt: 0,
    header: () => undefined,
    headers: () => [],
    json: () => body,
    text: () => JSON.stringify(body),
  })
  /** Gives one after the other, and the last one for ever. */
  const oneByOne = <T>(...given: readonly [T, ...T[]]) => {
    let next = 0
    return async () => given[next++] ?? (given.at(-1) as T)
  }
  const LISTED = [{ token: 'one', token_name: 'laptop' }, { token: 'two' }]
  const BEFORE = new Map([['one', 'laptop']])

  it('waits for an answer: a list that did not come is not empty', async () => {
    const names = await namesOf(oneByOne<Reply | Error>(CONNECTION_LOST, reply(503), reply(200, LISTED)))
    expect(names).toEqual(
      new Map([
        ['one', 'laptop'],
        ['two', ''],
      ]),
    )
    expect(await namesOf(oneByOne(reply(200, [])))).toEqual(new Map())
  })

  it('is not given when no answer comes, or one that says nothing', async () => {
    await expect(namesOf(oneByOne<Reply | Error>(CONNECTION_LOST), BRIEF)).rejects.toThrow('no verdict: The connection')
    await expect(namesOf(oneByOne(reply(503)), BRIEF)).rejects.toThrow('no verdict: 503')
    await expect(namesOf(oneByOne(reply(403)), BRIEF)).rejects.toThrow('No list of tokens: 403')
    await expect(namesOf(oneByOne(reply(200)), BRIEF)).rejects.toThrow('No list of tokens: 200')
    await expect(answerTo(oneByOne(reply(500)), BRIEF)).rejects.toThrow('no verdict: 500')
    await expect(outcomeOf(oneByOne('unknown' as const), BRIEF)).rejects.toThrow('no verdict')
    expect(() => rotationOf({ key: 'one' }, 0, new Map(), BEFORE)).toThrow('no verdict')
  })

  it('is by the outcome of the retry that had one', async () => {
    expect(await outcomeOf(oneByOne<'unknown' | 'refused'>('unknown', 'refused'))).toBe('refused')
    expect((await answerTo(oneByOne<Reply | Error>(CONNECTION_LOST, reply(401)))).status).toBe(401)
  })

  it('on an outage needs that all was well when the check was asked', () => {
    const calm = 1_000
    const outage = (askedAt: number, given: Reply | Error = CONNECTION_LOST, calmNow: number | undefined = calm) =>
      isOutage(given, { askedAt, calm, calmNow })
    expect([outage(1_000), outage(1_000, reply(503))]).toEqual([true, true])
    expect([outage(999), outage(999, reply(503))]).toEqual([false, false])
    expect([outage(1_000, CONNECTION_LOST, 1_001), outage(1_000, reply(401))]).toEqual([false, false])
  })

  it('on a rotation that is refused the second time is that it was done, when a retry without an answer did it', async () => {
    const rotate = oneByOne<'unknown' | 'refused'>('unknown', 'refused')
    expect(await rotatedAfterAll(rotate, async () => 'done')).toBe(true)
    expect(await rotatedAfterAll(oneByOne('refused' as const), async () => 'undone')).toBe(false)
  })

  it('on the scopes of a new token goes by what was confirmed before its rotation was asked', async () => {
    const made = { token: `gt-${'n'.repeat(22)}.${'s'.repeat(22)}` }
    const narrowedMeanwhile = {
      async ask() {
        entry.narrowBegan = entry.narrowed = performance.now()
        return reply(201, made)
      },
    }
    await new Operations(ledger, 'admin').rotate(narrowedMeanwhile, entry, 3600)
    const successor = ledger.entries.at(-1) as Entry
    expect(successor.text).toBe(made.token)
    expect(successor.narrowed).toBeUndefined()
    expect(successor.narrowBegan).toBeDefined()
    const later = { ask: async () => reply(201, { token: `gt-${'o'.repeat(22)}.${'s'.repeat(22)}` }) }
    await new Operations(ledger, 'admin').rotate(later, entry, 3600)
    expect(ledger.entries.at(-1)?.narrowed).toBeDefined()
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['undone', 0,    [['one', 'laptop']]],
    ['undone', 3600, [['one', 'laptop'], ['two', 'desk']]],
    ['done',   0,    [['two', 'laptop']]],
    ['done',   3600, [['one', 'laptop (old)'], ['two', 'laptop']]],
    ['half',   0,    []],
    ['half',   0,    [['one', 'laptop'], ['two', 'laptop']]],
    ['half',   3600, [['two', 'laptop']]],
    ['half',   3600, [['one', 'laptop (old)']]],
  ] as const)('on a rotation is "%s", overlap %d, with the names %j', (state, overlap, after) => {
    expect(rotationOf({ key: 'one' }, overlap, BEFORE, new Map(after.map(([key, name]) => [key, name])))).toBe(state)
  })
})
