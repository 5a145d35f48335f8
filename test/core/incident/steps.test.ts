import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Batch, countSteps, nextBatch, sizeOf } from '../../../server/core/incident/steps.js'
import { homeOf, mintToken } from '../../../server/core/token/token.js'

let next = 0
const random = (size: number) =>
  Buffer.alloc(size)
    .fill(0)
    .map((_, index) => (index < 4 ? (next++ * 7919 + index * 31) % 256 : 0)) as Buffer
const key = fc
  .constantFrom('postgres', 'redis')
  .map((home) => mintToken(home as 'postgres' | 'redis', random, Buffer.alloc(32)).key)
const names = fc.array(fc.constantFrom('ada', 'bob', 'eve'), { maxLength: 12 })

describe('the steps of an act', () => {
  it('are each done once, in their order: accounts, sessions of people, tokens', () => {
    fc.assert(
      fc.property(names, names, fc.array(key, { maxLength: 60 }), (disabled, signedOut, tokens) => {
        const planned = { disabled, signedOut, tokens }
        const batches: Batch[] = []
        let done = 0
        for (let batch = nextBatch(planned, 0); batch; batch = nextBatch(planned, done)) {
          batches.push(batch)
          done += sizeOf(batch)
          expect(sizeOf(batch)).toBeGreaterThan(0)
        }
        expect(done).toBe(countSteps(planned))
        const people = (is: 'disable' | 'sign-out') => batches.flatMap((each) => (each.is === is ? each.usernames : []))
        expect(people('disable')).toEqual(disabled)
        expect(people('sign-out')).toEqual(signedOut)
        expect(batches.flatMap((each) => (each.is === 'tokens' ? each.keys : []))).toEqual(tokens)
        for (const each of batches)
          if (each.is === 'tokens') expect(each.keys.every((key) => homeOf(key) === each.home)).toBe(true)
      }),
    )
  })
})
