import { beforeEach, describe, expect, it } from '@jest/globals'
import { type Entry, KEPT, Ledger, WIDER } from './ledger.js'

const BOUND_MS = 1_000
const LONG_AGO = performance.now() - 60_000

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
    entry.endBegan = entry.ended = performance.now() - 5_000
    ledger.judge(entry, KEPT, answered(200, 4_500), 'first')
    expect(counted()).toEqual(NOTHING)
    ledger.judge(entry, KEPT, answered(200, 3_500), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is not that a token with an unconfirmed revocation is refused or admitted', () => {
    entry.endBegan = performance.now() - 5_000
    ledger.judge(entry, KEPT, answered(200), 'first')
    ledger.judge(entry, KEPT, answered(401), 'first')
    expect(counted()).toEqual(NOTHING)
  })

  it('is that a token is admitted whose parent was revoked', () => {
    const child = shown('delegated', entry)
    entry.endBegan = entry.ended = performance.now() - 5_000
    ledger.judge(child, KEPT, answered(200), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is that a removed scope is in effect, and not that the others are', () => {
    entry.narrowBegan = entry.narrowed = performance.now() - 5_000
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
    session.endBegan = session.ended = performance.now() - 5_000
    ledger.judge(session, KEPT, answered(200), 'first')
    expect(counted()).toEqual({ ...NOTHING, admitted: 1 })
  })

  it('is that a user token is refused after Redis has lost everything', () => {
    ledger.redisLost(Number.NEGATIVE_INFINITY)
    ledger.judge(entry, KEPT, answered(401), 'first')
    expect(counted()).toEqual({ ...NOTHING, refused: 1 })
  })
})
