import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isGiven } from '../../../server/core/incident/filter.js'
import {
  filterQuery,
  filterValues,
  readIncidentFilter,
  TEXT_FIELDS,
} from '../../../server/core/incident/read-filter.js'

const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
const read = (given: Record<string, unknown>) => readIncidentFilter(filterValues(given))

describe('the filter of an incident', () => {
  it('of nothing selects nothing; heirs and the own session alone do not make it one', () => {
    for (const given of [{}, { user: ' ' }, { heirs: 'yes', own: 'yes' }, { type: 'unknown' }]) {
      expect(isGiven(read(given).filter)).toBe(false)
    }
    expect(isGiven(read({ everyone: 'yes' }).filter)).toBe(true)
  })

  it('reads every field', () => {
    const { filter, mistakes } = read({
      ...{ user: 'Ada, bob;ada', group: 'leaky', type: ['user', 'session'], scope: 'read:tap', from: '203.0.113.9/24' },
      ...{ client: 'curl', key: TOKEN, 'used-since': '2026-11-20', 'used-until': '2026-11-20', heirs: 'yes' },
      ...{ 'created-since': '2026-11-20 09:41', 'created-before': '2026-11-21' },
    })
    expect(mistakes).toEqual([])
    const day = Date.UTC(2026, 10, 20) / 1000
    expect(filter).toEqual({
      ...{ users: ['ada', 'bob'], group: 'leaky', types: ['session', 'user'], scope: 'read:tap', heirs: true },
      ...{ network: '203.0.113.0/24', client: 'curl', key: '5KVApqcVbSQWtO3VIRgOhQ' },
      ...{ usedSince: day, usedUntil: day + 86_399, createdSince: day + 34_860, createdBefore: day + 86_400 },
    })
  })

  it('says every mistake at once, one for a field', () => {
    const wrong = Object.fromEntries(TEXT_FIELDS.map((field) => [field, '!']))
    const { mistakes } = read(wrong)
    // Every text is a part of a program's name.
    expect(mistakes.map(({ field }) => field)).toEqual(TEXT_FIELDS.filter((field) => field !== 'client'))
    expect(read({ 'used-since': '2026-11-21', 'used-until': '2026-11-20' }).mistakes).toEqual([
      { field: 'used-until', wrong: 'order' },
    ])
    expect(read({ user: Array.from({ length: 101 }, (_, index) => `u${index}`).join(' ') }).mistakes).toEqual([
      { field: 'user', wrong: 'users' },
    ])
  })

  it('is the same after a way through an address, and no field has a secret', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...TEXT_FIELDS),
          fc.constantFrom('ada', '192.0.2.7', 'a&b=c', TOKEN, `x ${TOKEN}`),
        ),
        (given) => {
          const values = filterValues(given)
          const query = filterQuery(values)
          expect(filterValues(Object.fromEntries(query))).toEqual(values)
          expect(`${query}`).not.toContain('zcCNbwSzCFpvHB2cTgNjVA')
        },
      ),
    )
  })
})
