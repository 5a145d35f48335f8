import { beforeAll, describe, expect, it } from '@jest/globals'
import { ldapSchema } from '../../../server/settings/ldap.js'
import { MAX_DEPTH, MAX_GROUPS, withContainingGroups } from '../../../server/storage/ldap/nested-groups.js'
import { GROUPS } from '../../support/peers/ldap-server.js'
import { describeWith } from '../../support/run/requires.js'
import { useLdapPeople } from './support/ldap-people.js'

type Group = { readonly dn: string }
const group = (dn: string): Group => ({ dn })
const dns = (groups: readonly Group[]) => groups.map(({ dn }) => dn)

/** Follows a table of the groups that list each group. */
async function follow(first: readonly string[], parents: (dn: string) => readonly string[]) {
  let [isBounded, asked] = [false, 0]
  const parentsOf = (level: readonly Group[]) => {
    asked++
    return level.flatMap(({ dn }) => parents(dn).map(group))
  }
  const found = await withContainingGroups(first.map(group), parentsOf, () => {
    isBounded = true
  })
  return { found: dns(found), isBounded, asked }
}

describe('groups that contain groups', () => {
  it('are found at every level, each once', async () => {
    const table: Record<string, string[]> = { a: ['b', 'c'], b: ['d'], c: ['D'] }
    const { found, isBounded } = await follow(['a'], (dn) => table[dn] ?? [])
    expect(found).toEqual(['a', 'b', 'c', expect.stringMatching(/^d$/i)])
    expect(isBounded).toBe(false)
  })

  it('end where a cycle began', async () => {
    const table: Record<string, string[]> = { a: ['b'], b: ['c'], c: ['a', 'c'] }
    expect(await follow(['a'], (dn) => table[dn] ?? [])).toEqual({ found: ['a', 'b', 'c'], isBounded: false, asked: 3 })
  })

  it('are not asked for beyond the depth', async () => {
    const { asked, isBounded } = await follow(['1'], (dn) => [String(Number(dn) + 1)])
    expect([asked, isBounded]).toEqual([MAX_DEPTH, true])
  })

  it('are not asked for beyond the count', async () => {
    const many = (dn: string) => Array.from({ length: MAX_GROUPS }, (_, at) => `${dn}-${at}`)
    expect(await follow(['a'], many)).toMatchObject({ asked: 1, isBounded: true })
  })
})

describeWith(['slapd'], 'a user in groups that are members of groups', () => {
  const { directory, people, find } = useLdapPeople()
  const groupDn = (cn: string) => `cn=${cn},${GROUPS}`
  const nested = { nestedGroups: 'search', gidAttr: null }
  const namesOf = (groups: readonly { readonly name: string }[] = []) => groups.map(({ name }) => name).sort()

  beforeAll(async () => {
    await directory().person('henrietta', { uidNumber: '2101' })
    await directory().group('team', '3101', ['henrietta'])
    // Of no use as a group here, and the way to one all the same.
    await directory().group('no number', undefined, [], { member: [groupDn('team')] })
    await directory().group('institute', '3102', [], { member: [groupDn('no number'), groupDn('institute')] })
    await directory().group('everyone', '3103', [], { member: [groupDn('institute'), groupDn('team')] })
  })

  const settings = { ...nested, groupObjectClass: 'extensibleObject' }

  it('is in the first alone, unless the settings say so', async () => {
    const found = await find('henrietta', { ...settings, nestedGroups: undefined })
    expect(namesOf(found?.groups)).toEqual(['team'])
  })

  it('is in all of them by `search`, alone and in the list of all users', async () => {
    const all = ['everyone', 'institute', 'team']
    expect(namesOf((await find('henrietta', settings))?.groups)).toEqual(all)
    for (const nestedGroups of ['search', 'inChain']) {
      const listed = await people({ ...settings, nestedGroups }).all()
      expect(namesOf(listed.people.get('henrietta')?.groups)).toEqual(all)
    }
  })

  it('is looked up by the rule of Active Directory with `inChain`, in one search', async () => {
    const before = directory().searches()
    await find('henrietta', { ...settings, nestedGroups: 'inChain' })
    expect(directory().searches() - before).toBe(2)
    // This server does not know the rule, and would show the filter if it did.
    expect(directory().output().split('SRCH base=').at(-1)).toContain('(?=undefined)')
  })

  it('needs groups that list distinguished names', () => {
    const given = directory().settings({ nestedGroups: 'search', groupSearchByDn: false })
    expect(ldapSchema.safeParse(given).error?.issues[0]?.path).toEqual(['nestedGroups'])
  })
})
