import { describe, expect, it } from '@jest/globals'
import { areGroupsWithheld, readPosixId, readProviderGroups } from '../../../server/core/people/provider-groups.js'

// biome-ignore format: a table reads in columns
describe('the groups of a claim', () => {
  it.each<[unknown, { name: string; id?: number }[], string[]]>([
    [['users', '/astro'],                        [{ name: 'users' }, { name: 'astro' }],      []],
    ['users',                                    [{ name: 'users' }],                         []],
    [[{ name: 'users', id: '7' }, { name: 'x', id: 0 }], [{ name: 'users', id: 7 }, { name: 'x' }], []],
    [['/lab/staff', 'lab/staff', 'Lab Staff'],   [{ name: 'staff' }, { name: 'staff' }, { name: 'staff' }], []],
    [['/lab/guests', 'Über', 'CO:members:all'],  [],                                          ['/lab/guests', 'Über']],
    [['constructor', '__proto__'],               [{ name: 'constructor' }],                   ['__proto__']],
    [['admins-of-theirs'],                       [{ name: 'visitors' }],                      []],
    [[7, null, {}, ['users'], { name: 7 }],      [],                                          []],
    [undefined,                                  [],                                          []],
  ])('%j are read', (claim, groups, leftOut) => {
    const names = { '/lab/staff': 'staff', 'Lab Staff': 'staff', 'admins-of-theirs': 'visitors' }
    expect(readProviderGroups(claim, names)).toEqual({ groups, leftOut })
  })

  it.each<[object, boolean]>([
    [{ _claim_names: { groups: 'src1' } },                     true],
    [{ _claim_names: { groups: 'src1' }, groups: [] },         true],
    [{ hasgroups: true },                                      true],
    [{ hasgroups: 'true' },                                    true],
    [{ _claim_names: { groups: 'src1' }, groups: ['users'] },  false],
    [{ _claim_names: { address: 'src1' } },                    false],
    [{ _claim_names: null, hasgroups: false },                 false],
    [{},                                                       false],
  ])('were left out of %j: %s', (claims, expected) => {
    expect(areGroupsWithheld({ ...claims }, 'groups')).toBe(expected)
  })
})

it.each([
  [7, 7],
  ['7', 7],
  ['0', undefined],
  [-1, undefined],
  ['7x', undefined],
  [null, undefined],
  [2 ** 31, undefined],
])('the number %j is the id %s', (claim, id) => expect(readPosixId(claim)).toBe(id))
