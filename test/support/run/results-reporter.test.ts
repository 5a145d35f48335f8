import { expect, it } from '@jest/globals'

it('names a skipped suite once, with what is missing, wherever in its file it stands', async () => {
  const file = './results-reporter.mjs'
  const { skippedSuites } = await import(file)
  const wget = 'wget (skipped: not installed: wget)'

  const tests = [
    { suite: 'a.test.ts', ancestorTitles: ['Behind Postern', wget], title: 'one' },
    { suite: 'a.test.ts', ancestorTitles: ['Behind Postern', wget, 'with a bad token'], title: 'two' },
    { suite: 'b.test.ts', ancestorTitles: [], title: 'alone' },
  ]

  expect(skippedSuites(tests)).toEqual([`a.test.ts: Behind Postern › ${wget}`, 'b.test.ts: alone'])
})

it('gives the seconds of each file, the slowest first, and prints the first ten', async () => {
  const file = './results-reporter.mjs'
  const { secondsOf, slowest } = await import(file)
  const suites = Array.from({ length: 12 }, (_, n) => ({ file: `${n}.test.ts`, perfStats: { runtime: n * 1000 + 40 } }))

  const seconds = secondsOf(suites)

  expect(Object.entries(seconds)[0]).toEqual(['11.test.ts', 11])
  expect(slowest(seconds)).toHaveLength(10)
  expect(slowest(seconds)[0]).toBe('  11.0 s  11.test.ts')
})
