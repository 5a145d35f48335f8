import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { githubGroups, teamGroup } from '../../../server/core/people/github-groups.js'
import { isGroupName } from '../../../server/core/people/identifiers.js'

const nobody: ReadonlySet<string> = new Set()
const team = (id: number, organization: string, slug: string) => ({ id, organization, slug })
const ada = { username: 'ada', id: 1815 }

describe('a GitHub team', () => {
  // The last three were worked out by Gafaelfawr’s rule in Python.
  // biome-ignore format: a table reads in columns
  it.each([
    ['lsst-sqre', 'square',                          'lsst-sqre-square'],
    ['LSST-SQRE', 'square',                          'lsst-sqre-square'],
    ['a23456789012345', '1234567890123456',          'a23456789012345-1234567890123456'],
    ['a23456789012345', '12345678901234567',         'a23456789012345-123456789-FbmuuL'],
    ['other-org', 'team-with-very--long-name',       'other-org-team-with-very--VlaL65'],
    ['institute-of-astronomy', 'data-release-team',  'institute-of-astronomy-da-DpAOec'],
  ])('of %s called %s is the group %s', (organization, slug, group) => {
    expect(teamGroup(organization, slug)).toBe(group)
  })

  it('gives no name of more than 32 characters, and two teams share none', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,38}$/)
    fc.assert(
      fc.property(word, word, word, (organization, one, other) => {
        const name = teamGroup(organization, one)
        expect(name.length).toBeLessThanOrEqual(32)
        if (one !== other) expect(teamGroup(organization, other)).not.toBe(name)
      }),
    )
  })
})

describe('the groups of somebody from GitHub', () => {
  it('are their teams and one of their own, each with its number there', () => {
    const { groups, dropped } = githubGroups(ada, [team(7, 'Org', 'data'), team(8, 'org', 'ops')], nobody)
    expect([groups, dropped]).toEqual([
      [
        { name: 'org-data', id: 7 },
        { name: 'org-ops', id: 8 },
        { name: 'ada', id: 1815 },
      ],
      [],
    ])
  })

  it('leave out what no service could use as a name, and say so', () => {
    const odd = [
      team(1, 'org', 'naïve'),
      team(2, 'org', ''),
      team(3, '_', 'x'),
      team(4, 'org', 'a b'),
      team(5, 'org', 'fine'),
    ]
    const { groups, dropped } = githubGroups(ada, odd, nobody)
    expect(groups.map(({ name }) => name)).toEqual(['org-', 'org-fine', 'ada'])
    expect(dropped).toEqual(['org-naïve', '_-x', 'org-a b'])
  })

  it('have none of their own with a name to which the site gives something: anybody may call themselves so', () => {
    const impostor = { username: 'acme-admins', id: 666 }
    const { groups, dropped } = githubGroups(impostor, [], new Set(['acme-admins']))
    expect([groups, dropped]).toEqual([[], ['acme-admins']])
  })

  it('have the team’s number where somebody is called like their own team', () => {
    const { groups } = githubGroups(
      { username: 'acme-admins', id: 5 },
      [team(9, 'acme', 'admins')],
      new Set(['acme-admins']),
    )
    expect(groups).toEqual([{ name: 'acme-admins', id: 9 }])
  })

  it('have the team’s number alone where a user is called like a team to which the site gives nothing', () => {
    const { groups } = githubGroups({ username: 'acme-admins', id: 5 }, [team(9, 'acme', 'admins')], nobody)
    expect(groups).toEqual([{ name: 'acme-admins', id: 9 }])
  })

  it('are usable names, whatever GitHub says', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.tuple(fc.string(), fc.string())), (username, pairs) => {
        const teams = pairs.map(([organization, slug], index) => team(index + 1, organization, slug))
        for (const { name } of githubGroups({ username, id: 1 }, teams, nobody).groups)
          expect(isGroupName(name)).toBe(true)
      }),
    )
  })
})
