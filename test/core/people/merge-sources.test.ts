import { describe, expect, it } from '@jest/globals'
import {
  type LdapPerson,
  type LdapResult,
  mergeSources,
  STALE_ANSWER_TTL,
  withAssignedUid,
} from '../../../server/core/people/merge-sources.js'
import { applyOwner, type Person } from '../../../server/core/token/owner-limits.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const NOW = 1_800_000_000
const group = (name: string) => ({ name, id: 1000 })

const OWN = {
  account: { username: 'ada', name: 'Ada of ours', uid: 10_000, gid: 10_000, groups: [group('ours')] },
  'account, no groups': { username: 'ada', uid: 10_000, gid: 10_000, groups: [] },
  provider: { username: 'ada', name: 'Ada of theirs', groups: [group('theirs')] },
  // CILogon tells the user name and nothing of groups.
  'provider, no groups': { username: 'ada', name: 'Ada of theirs' },
  nobody: undefined,
} satisfies Record<string, Person | undefined>

const THERE: LdapPerson = { name: 'Ada L.', email: 'ada@example.org', uid: 2000, groups: [group('directory')] }
const IN_NO_GROUPS: LdapPerson = { uid: 2000, groups: [] }
const long = NOW - STALE_ANSWER_TTL

const ANSWERS = {
  'not configured': undefined,
  'has them': { is: 'said', at: NOW, person: THERE },
  'has them, in no groups': { is: 'said', at: NOW, person: IN_NO_GROUPS },
  'has not': { is: 'said', at: NOW },
  'silent, never said': { is: 'silent' },
  'silent, had them': { is: 'silent', last: { at: long, person: THERE } },
  'silent, had them long ago': { is: 'silent', last: { at: long - 1, person: THERE } },
  'silent, had not': { is: 'silent', last: { at: long - 1 } },
  unreadable: { is: 'unreadable' },
} satisfies Record<string, LdapResult | undefined>

type Groups = string | '(none)' | '(unknown)' | '(undecided)' | '(unreadable)'

/** Whose groups count. */
// biome-ignore format: a table reads in columns
const TABLE: Record<keyof typeof ANSWERS, Record<keyof typeof OWN, Groups>> = {
  'not configured':            { account: 'ours',        'account, no groups': '(none)',      provider: 'theirs',      'provider, no groups': '(unknown)',   nobody: '(unknown)' },
  'has them':                  { account: 'directory',   'account, no groups': 'directory',   provider: 'directory',   'provider, no groups': 'directory',   nobody: 'directory' },
  'has them, in no groups':    { account: '(none)',      'account, no groups': '(none)',      provider: '(none)',      'provider, no groups': '(none)',      nobody: '(none)' },
  'has not':                   { account: 'ours',        'account, no groups': '(none)',      provider: 'theirs',      'provider, no groups': '(none)',      nobody: '(none)' },
  'silent, never said':        { account: 'ours',        'account, no groups': '(none)',      provider: 'theirs',      'provider, no groups': '(unknown)',   nobody: '(unknown)' },
  'silent, had them':          { account: 'directory',   'account, no groups': 'directory',   provider: 'directory',   'provider, no groups': 'directory',   nobody: 'directory' },
  'silent, had them long ago': { account: '(undecided)', 'account, no groups': '(undecided)', provider: '(undecided)', 'provider, no groups': '(undecided)', nobody: '(undecided)' },
  'silent, had not':           { account: 'ours',        'account, no groups': '(none)',      provider: 'theirs',      'provider, no groups': '(none)',      nobody: '(none)' },
  unreadable:                  { account: '(unreadable)', 'account, no groups': '(unreadable)', provider: '(unreadable)', 'provider, no groups': '(unreadable)', nobody: '(unreadable)' },
}

const CASES = Object.entries(TABLE).flatMap(([directory, row]) =>
  Object.entries(row).map(([own, groups]) => ({
    directory: directory as keyof typeof ANSWERS,
    own: own as keyof typeof OWN,
    groups,
  })),
)

function groupsOf(person: ReturnType<typeof mergeSources>): Groups {
  if (person === 'undecided' || person === 'unreadable') return `(${person})`
  if (!person?.groups) return '(unknown)'
  return person.groups.map(({ name }) => name).join() || '(none)'
}

describe('whose groups count', () => {
  it.each(CASES)('directory $directory, our tables $own: $groups', ({ directory, own, groups }) => {
    expect(groupsOf(mergeSources('ada', OWN[own], ANSWERS[directory], NOW))).toBe(groups)
  })

  it.each(Object.entries(ANSWERS))('whoever is disabled is so: directory %s', (_, answer) => {
    expect(mergeSources('ada', { ...OWN.account, disabled: true }, answer, NOW)).toMatchObject({ disabled: true })
  })
})

describe('what else is known of somebody', () => {
  it('is the directory’s, field by field, and ours where the directory has nothing', () => {
    expect(mergeSources('ada', OWN.account, ANSWERS['has them'], NOW)).toEqual({
      username: 'ada',
      name: 'Ada L.',
      email: 'ada@example.org',
      emailVerified: true,
      uid: 2000,
      gid: 10_000,
      groups: [group('directory')],
    })
  })

  it('is ours and that they are in no groups, where the directory has no entry', () => {
    const { name } = OWN['provider, no groups']
    expect(mergeSources('ada', OWN['provider, no groups'], ANSWERS['has not'], NOW)).toEqual({
      username: 'ada',
      name,
      groups: [],
    })
    expect(mergeSources('ada', undefined, ANSWERS['has not'], NOW)).toEqual({ username: 'ada', groups: [] })
  })

  it('is the directory’s when it answers, however its answer is dated', () => {
    expect(mergeSources('ada', undefined, { is: 'said', at: 0, person: THERE }, NOW)).toMatchObject(THERE)
  })

  it('does not vouch for an address that a provider did not', () => {
    const own = { username: 'ada', email: 'someone@example.org' }
    expect(mergeSources('ada', own, ANSWERS['has them, in no groups'], NOW)).not.toHaveProperty('emailVerified')
  })
})

describe('the UID that was imported for somebody', () => {
  const ownGroups = { addUserGroup: true, reserved: new Set(['admins']) }
  const noOwnGroups = { ...ownGroups, addUserGroup: false }

  it.each([
    ['LDAP’s', OWN.account, ANSWERS['has them'], 3000001, 2000],
    ['ours', OWN.account, ANSWERS['has not'], 3000001, 10_000],
    ['the imported one', OWN.provider, ANSWERS['has not'], 3000001, 3000001],
    ['none', OWN.provider, ANSWERS['has not'], undefined, undefined],
  ])('counts where no source has one: %s', (_, own, answer, imported, uid) => {
    const merged = mergeSources('ada', own, answer, NOW)
    expect(typeof merged === 'string' || withAssignedUid('ada', merged, imported, ownGroups)?.uid).toBe(uid)
  })

  it('is also the GID and a group where users have groups of their own', () => {
    const [theirs, own] = [group('theirs'), { name: 'ada', id: 3000001 }]
    const { name } = OWN.provider
    expect(withAssignedUid('ada', OWN.provider, 3000001, ownGroups)).toEqual({
      ...{ username: 'ada', name, uid: 3000001, gid: 3000001 },
      groups: [own, theirs],
    })
    expect(withAssignedUid('ada', OWN.provider, 3000001, noOwnGroups)).toEqual({ ...OWN.provider, uid: 3000001 })
    expect(withAssignedUid('ada', { ...OWN.provider, gid: 7 }, 3000001, ownGroups)).toMatchObject({ gid: 7 })
  })

  it('Attack: puts no user into a privileged group of their name', () => {
    const person = { username: 'admins', groups: [] }
    expect(withAssignedUid('admins', person, 3000001, ownGroups)).toMatchObject({ uid: 3000001, groups: [] })
  })

  it('is that of a service account, which no source knows; its groups stay unknown', () => {
    expect(withAssignedUid('bot-mobu', undefined, 100_000, noOwnGroups)).toEqual({ username: 'bot-mobu', uid: 100_000 })
  })
})

describe('the token of somebody who was taken out of the directory', () => {
  const token = {
    key: 'x'.repeat(22) as TokenKey,
    type: 'user' as const,
    username: 'ada',
    scopes: ['read:tap', 'user:token'] as Scope[],
    created: 0,
  }
  const mapping = new Map([['read:tap' as Scope, new Set(['directory'])]])
  const scopesWith = (answer: LdapResult) => {
    const owner = mergeSources('ada', OWN['provider, no groups'], answer, NOW)
    return typeof owner === 'string' ? owner : applyOwner(token, owner, mapping)?.scopes
  }

  it('is left with what everybody may do, and so it stays while the directory is away', () => {
    expect(scopesWith(ANSWERS['has them'])).toEqual(['read:tap', 'user:token'])
    expect(scopesWith(ANSWERS['has not'])).toEqual(['user:token'])
    expect(scopesWith(ANSWERS['silent, had not'])).toEqual(['user:token'])
  })
})
