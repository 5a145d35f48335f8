import { describe, expect, it } from '@jest/globals'
import { MAX_DEPTH, MAX_GROUPS, withContainingGroups } from '../../../server/storage/ldap/nested-groups.js'

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
