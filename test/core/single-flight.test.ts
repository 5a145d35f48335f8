import { expect, it } from '@jest/globals'
import { SingleFlight } from '../../server/core/single-flight.js'

it('work that is under way is joined, and begun anew once it is done', async () => {
  const flights = new SingleFlight<string, number>()
  let runs = 0
  const run = () => flights.run('a', async () => ++runs)
  expect(await Promise.all([run(), run(), run()])).toEqual([1, 1, 1])
  expect(flights.underWay('a')).toBeUndefined()
  expect(await run()).toBe(2)
})

it('work for another key is its own', async () => {
  const flights = new SingleFlight<string, string>()
  const both = ['a', 'b'].map((key) => flights.run(key, async () => key))
  expect(await Promise.all(both)).toEqual(['a', 'b'])
})

it('a failure is the failure of all who wait, and of none who come later', async () => {
  const flights = new SingleFlight<string, string>()
  const failing = [1, 2].map(() => flights.run('a', () => Promise.reject(new Error('failed'))))
  for (const each of failing) await expect(each).rejects.toThrow('failed')
  expect(await flights.run('a', async () => 'later')).toBe('later')
})
