import { expect, it } from '@jest/globals'
import { growthOf, type Sample } from './growth.js'

/** An hour of samples, with memory in megabytes that follows a rule. */
function hour(megabytes: (minute: number) => number): Sample[] {
  return Array.from({ length: 120 }, (_, at) => {
    const bytes = megabytes(at / 2) * 1e6
    return { seconds: at * 30, rss: bytes, heap: bytes, files: 130, handles: 140 + (at % 3) }
  })
}

const grown = (samples: readonly Sample[]) =>
  growthOf(samples)
    .filter(({ isTooMuch }) => isTooMuch)
    .map(({ name }) => name)

it('memory that only fills in the beginning has not grown', () => {
  expect(grown(hour((minute) => 100 + 100 * Math.min(1, minute / 8)))).toEqual([])
})

it('a leak of nine in a hundred over the settled time is found, beneath the ups and downs of each sample', () => {
  const leak = (minute: number) => 200 + 30 * (minute / 60) + 8 * Math.sin(minute)
  expect(grown(hour(leak))).toEqual(['rss', 'heap'])
})

it('files that are opened and not closed are found', () => {
  const leaking = hour(() => 200).map((sample, at) => ({ ...sample, files: 130 + Math.floor(at / 4) }))
  expect(grown(leaking)).toEqual(['files'])
})

it('figures that could not be read are no proof', () => {
  expect(grown(hour(() => Number.NaN))).toEqual(['rss', 'heap'])
})
