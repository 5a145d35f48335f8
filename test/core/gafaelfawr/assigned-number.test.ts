import { describe, expect, it } from '@jest/globals'
import { compareNumber, readNumberRow } from '../../../server/core/gafaelfawr/assigned-number.js'

describe('a row of numbers', () => {
  it('is a user or a group with its number', () => {
    expect(readNumberRow({ kind: 'user', name: 'ada', id: '3000001' })).toEqual({
      kind: 'user',
      name: 'ada',
      id: 3000001,
    })
    expect(readNumberRow({ kind: 'user', name: 'bot-mobu', id: '100000' })).toMatchObject({ id: 100000 })
    expect(readNumberRow({ kind: 'group', name: 'g_users', id: '2147483647' })).toMatchObject({ id: 2147483647 })
  })

  it.each([
    [{ kind: 'bot', name: 'bot-mobu', id: '100000' }, /kind is "bot"/],
    [{ name: 'ada', id: '3000001' }, /kind is ""/],
    [{ kind: 'user', name: 'Ada', id: '3000001' }, /"Ada" is no user name/],
    [{ kind: 'group', name: '1000', id: '2000001' }, /"1000" is no group name/],
    [{ kind: 'user', name: 'ada', id: '0' }, /from 1 to 2147483647/],
    [{ kind: 'user', name: 'ada', id: '2147483648' }, /from 1 to 2147483647/],
    [{ kind: 'user', name: 'ada', id: '3e6' }, /"3e6" is not a number/],
    [{ kind: 'user', name: 'ada' }, /"" is not a number/],
  ])('is refused with the reason: %j', (row, why) => {
    expect(readNumberRow(row)).toMatch(why)
  })
})

describe('a number beside those that stand', () => {
  const known = { idOf: new Map([['ada', 3000001]]), nameOf: new Map([[3000001, 'ada']]) }
  const compare = (name: string, id: number) => compareNumber({ kind: 'user', name, id }, known)

  it('is new, or already there', () => {
    expect([compare('grace', 3000002), compare('ada', 3000001)]).toEqual(['new', 'known'])
  })

  it('is refused where the name has another, and where it is another’s', () => {
    expect(compare('ada', 3000002)).toEqual({ why: 'user ada has UID 3000001, not 3000002' })
    expect(compare('grace', 3000001)).toEqual({ why: 'UID 3000001 belongs to user ada, not grace' })
  })
})
