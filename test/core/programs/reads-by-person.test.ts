import { describe, expect, it } from '@jest/globals'
import { readsByPerson } from '../../../server/core/programs/reads-by-person.js'

const reads = (username: string, count: number, last: number) => ({ username, count, last })

describe('requests by person', () => {
  it('belong to user names, to all users of an address, and otherwise to users without access', () => {
    const people = {
      investigators: [
        { kind: 'username' as const, name: 'ada', role: 'pi' as const },
        { kind: 'email' as const, name: 'g@example.org', role: 'co-i' as const },
      ],
      granted: ['e@example.org', 'new@example.org'],
    }
    const usersOf = new Map([
      ['g@example.org', ['ada', 'grace']],
      ['e@example.org', ['eve', 'eve2']],
    ])
    const all = [reads('ada', 1, 5), reads('eve', 2, 3), reads('eve2', 3, 2), reads('constructor', 9, 9)]
    const { byName, others } = readsByPerson(all, people, usersOf)
    expect([...byName]).toEqual([
      ['ada', { count: 1, last: 5 }],
      ['g@example.org', { count: 1, last: 5 }],
      ['e@example.org', { count: 5, last: 3 }],
    ])
    expect(others).toEqual([reads('constructor', 9, 9)])
  })
})
