import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fingerprintOf, mistakesOfAct, TYPED_FROM } from '../../../server/core/incident/previewed.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}` as TokenKey)
const confirmed = (seen: readonly TokenKey[], more = {}) => ({
  ...{ reason: 'leaked', seen: fingerprintOf(seen), count: seen.length, typed: '', asItIs: false },
  ...more,
})

describe('what an administrator confirms', () => {
  it('is a set of tokens: another order is the same set, one more or one fewer is another', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{3,9}$/), { minLength: 1 }), (texts) => {
        const set = texts as TokenKey[]
        expect(fingerprintOf([...set].reverse())).toBe(fingerprintOf(set))
        expect(fingerprintOf(set.slice(1))).not.toBe(fingerprintOf(set))
      }),
    )
  })

  it.each([
    ['nothing is wrong', confirmed(keys(3)), 3, []],
    ['there is no reason', confirmed(keys(3), { reason: '' }), 3, ['reason']],
    ['the set has grown', confirmed(keys(3)), 4, ['changed']],
    ['the set has shrunk', confirmed(keys(3)), 2, ['changed']],
    ['the set has grown, which was accepted', confirmed(keys(3), { asItIs: true }), 4, []],
    ['99 need no number', confirmed(keys(99)), 99, []],
    ['100 need one', confirmed(keys(100)), 100, ['number']],
    ['the number is another', confirmed(keys(100), { typed: '99' }), 100, ['number']],
    ['the number is typed', confirmed(keys(100), { typed: ' 100 ' }), 100, []],
    ['a form claims fewer than there are', confirmed(keys(100), { count: 1, typed: '1' }), 100, ['number']],
    ['it has grown to 100 and no number was asked for', confirmed(keys(99), { asItIs: true }), 100, ['number']],
    ['the number that was seen, of a set that changes', confirmed(keys(100), { typed: '100', asItIs: true }), 103, []],
  ])('%s', (_what, given, now, mistakes) => {
    expect(TYPED_FROM).toBe(100)
    expect(mistakesOfAct(given, keys(now))).toEqual(mistakes)
  })
})
