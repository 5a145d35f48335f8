import { describe, expect, it } from '@jest/globals'
import { type AppliedMigration, compareSchema, type KnownMigration } from '../../../server/core/schema/compare.js'

const known = (name: string): KnownMigration => ({ name, sql: '', checksum: name, declaration: undefined })
const applied = (name: string, more: Partial<AppliedMigration> = {}): AppliedMigration => ({
  name,
  checksum: name,
  finished: true,
  declaration: undefined,
  ...more,
})

const EXPAND = { summary: 'Sheep have wool.' }
const contractAfter = (needs: string) => ({ summary: 'Sheep have no fleece.', needs })

describe('a database beside a version', () => {
  it('lacks what the version knows and the database does not have, in the order of names', () => {
    const { missing, unknown, fault } = compareSchema([applied('2_b')], ['1_a', '2_b', '3_c'].map(known))

    expect(missing.map(({ name }) => name)).toEqual(['1_a', '3_c'])
    expect([unknown, fault]).toEqual([[], undefined])
  })

  it.each<[fault: string | undefined, why: string, newer: AppliedMigration]>([
    [undefined, 'a newer version only expanded it', applied('9_z', { declaration: EXPAND })],
    [
      undefined,
      'it was contracted after a migration that this version knows',
      applied('9_z', { declaration: contractAfter('1_a') }),
    ],
    [
      'contracted',
      'it was contracted after one that it does not know',
      applied('9_z', { declaration: contractAfter('8_y') }),
    ],
    ['unknown', 'a migration is not declared', applied('9_z')],
    ['half_done', 'an expansion failed half-way', applied('9_z', { declaration: EXPAND, finished: false })],
    ['half_done', 'a migration of its own failed half-way', applied('1_a', { finished: false })],
    ['edited', 'a migration of its own was edited', applied('1_a', { checksum: 'other' })],
  ])('has the fault %p: %s', (kind, _why, newer) => {
    const { fault } = compareSchema([newer], [known('1_a')])

    expect(fault).toEqual(kind && { kind, name: newer.name })
  })

  it('names what is unknown, fault or not', () => {
    const newer = [applied('8_y'), applied('9_z', { declaration: EXPAND })]

    expect(compareSchema([applied('1_a'), ...newer], [known('1_a')]).unknown).toEqual(newer)
  })
})
