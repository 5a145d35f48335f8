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
