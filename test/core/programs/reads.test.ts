import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { OTHER_FILES, ProgramReads, storedFile } from '../../../server/core/programs/reads.js'
import { DAY } from '../../../server/core/time.js'

const read = (file: string, username = 'ada') => ({ programs: ['p-1'], username, file })

describe('requests for files', () => {
  it('are summed by program, user, day and file', () => {
    const reads = new ProgramReads()
    reads.add(read('/a'), DAY + 5)
    reads.add(read('/a'), DAY + 3)
    reads.add(read('/a'), 2 * DAY)
    reads.add(read('/a', 'grace'), DAY)
    reads.add({ ...read('/b'), programs: ['p-1', 'p-2'] }, DAY)
    expect(reads.take().reads).toEqual([
      { program: 'p-1', username: 'ada', file: '/a', first: DAY + 3, last: DAY + 5, count: 2 },
      { program: 'p-1', username: 'ada', file: '/a', first: 2 * DAY, last: 2 * DAY, count: 1 },
      { program: 'p-1', username: 'grace', file: '/a', first: DAY, last: DAY, count: 1 },
      { program: 'p-1', username: 'ada', file: '/b', first: DAY, last: DAY, count: 1 },
      { program: 'p-2', username: 'ada', file: '/b', first: DAY, last: DAY, count: 1 },
    ])
    expect(reads.take()).toEqual({ reads: [], lost: 0 })
  })

  it('take a bounded memory: beyond it they count without their file, and then as lost', () => {
    const reads = new ProgramReads(2)
    for (const file of ['/a', '/b', '/c', '/d', '/a']) reads.add(read(file), DAY)
    for (const username of ['b', 'c', 'd']) reads.add(read('/a', username), DAY)
    const taken = reads.take()
    expect(taken.reads.map(({ username, file, count }) => [username, file, count])).toEqual([
      ['ada', '/a', 2],
      ['ada', '/b', 1],
      ['ada', OTHER_FILES, 2],
      ['b', OTHER_FILES, 1],
    ])
    expect(taken.lost).toBe(2)
  })
})

describe('a file as it is stored', () => {
  it.each([
    ['as it was spelt', '/data/p-1/image%201.fits', '/data/p-1/image%201.fits'],
    ['in ASCII', '/data/é\u202Ea b', '/data/%C3%A9%E2%80%AEa%20b'],
    ['without a secret in it', `/data/access_token=${'x'.repeat(20)}`, '/data/access_token=[secret]'],
    ['by its end, if it is long', `/${'x'.repeat(400)}/a.fits`, `...${'x'.repeat(290)}/a.fits`],
  ])('is %s', (_how, text, stored) => expect(storedFile(text)).toBe(stored))

  it('is printable ASCII of a bounded length, whatever a client spelt', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 800 }), (text) => {
        expect(storedFile(text)).toMatch(/^[!-~]{0,300}$/)
      }),
    )
    expect(storedFile('\uD800')).toBe('?')
  })
})
