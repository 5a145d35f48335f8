import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../../server/core/access/refusal.js'
import { type Applicant, decideDataAccess } from '../../../server/core/programs/exclusive-access.js'
import { differenceOf, factsOf } from '../../../server/core/programs/history.js'
import { type Investigator, isProgramId, type Program, standingOf } from '../../../server/core/programs/program.js'
import type { Scope } from '../../../server/core/token/scope.js'

const NOW = 1_790_000_000
const SCOPE = 'exclusive_access' as Scope
const OTHER = 'read:tap' as Scope

const program = (facts: Partial<Program> = {}): Program => ({
  id: '1234',
  title: 'A deep field',
  public: false,
  ...facts,
})
const asking = (standing: Applicant['standing'], ...scopes: Scope[]): Applicant => ({ standing, scopes })
const word = (decided: ReturnType<typeof decideDataAccess>) => (decided instanceof Refusal ? decided.code : decided)

describe('the data of a program', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['public, for the anonymous',                          program({ public: true }),                       undefined,                  'public'],
    ['public, whatever the period says',                   program({ public: true, periodEnd: NOW + 1 }),   undefined,                  'public'],
    ['whose period is over at this very second',           program({ periodEnd: NOW }),                     undefined,                  'public'],
    ['whose period is over, for a token without the scope', program({ periodEnd: NOW - 1 }),                asking('none', OTHER),      'public'],
    ['one second before the end, for the anonymous',       program({ periodEnd: NOW + 1 }),                 undefined,                  'no_authorization'],
    ['without an end, for the anonymous',                  program(),                                       undefined,                  'no_authorization'],
    ['for its principal investigator',                     program(),                                       asking('pi', SCOPE),        'allowed'],
    ['for another investigator',                           program({ periodEnd: NOW + 1 }),                 asking('co-i', SCOPE),      'allowed'],
    ['for somebody who was let in',                        program(),                                       asking('granted', SCOPE),   'allowed'],
    ['for a stranger with the scope',                      program(),                                       asking('none', SCOPE),      'exclusive_access'],
    ['for the principal investigator without the scope',   program(),                                       asking('pi', OTHER),        'insufficient_scope'],
    ['for a stranger without the scope, who is told no more', program(),                                    asking('none', OTHER),      'insufficient_scope'],
    ['that is unknown, for anybody',                       undefined,                                       asking('pi', SCOPE),        'program_unknown'],
    ['that is unknown, for the anonymous',                 undefined,                                       undefined,                  'program_unknown'],
  ] as const)('%s', (_what, about, who, expected) => {
    expect(word(decideDataAccess(about, who, SCOPE, NOW))).toBe(expected)
  })

  it('are for nobody before they are public where the site has no scope for them', () => {
    expect(word(decideDataAccess(program(), asking('pi', SCOPE), undefined, NOW))).toBe('insufficient_scope')
  })

  it('are read exactly by those whom the plain words name, at every instant', () => {
    const anything = fc.record({
      periodEnd: fc.option(fc.integer({ min: NOW - 5, max: NOW + 5 }), { nil: undefined }),
      public: fc.boolean(),
      signedIn: fc.boolean(),
      standing: fc.constantFrom('pi' as const, 'co-i' as const, 'granted' as const, 'none' as const),
      scopes: fc.subarray([SCOPE, OTHER]),
      now: fc.integer({ min: NOW - 6, max: NOW + 6 }),
    })
    fc.assert(
      fc.property(anything, ({ periodEnd, now, signedIn, standing, scopes, ...rest }) => {
        const about = program({ public: rest.public, ...(periodEnd !== undefined && { periodEnd }) })
        const decided = word(decideDataAccess(about, signedIn ? { standing, scopes } : undefined, SCOPE, now))
        const open = rest.public || now >= (periodEnd ?? Number.POSITIVE_INFINITY)
        const named = signedIn && standing !== 'none' && scopes.includes(SCOPE)
        expect(['public', 'allowed'].includes(decided)).toBe(open || named)
        expect(decided === 'public').toBe(open)
      }),
    )
  })

  it('once public stay so, whatever the clock says afterwards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 * NOW }), fc.nat(), (end, later) => {
        const about = program({ periodEnd: end })
        expect(decideDataAccess(about, undefined, SCOPE, end + later)).toBe('public')
      }),
    )
  })
})

describe('what somebody is to a program', () => {
  const by = (kind: Investigator['kind'], name: string, role: Investigator['role']): Investigator => ({
    kind,
    name,
    role,
  })
  const ada = { username: 'ada', verifiedEmails: ['ada@example.org'] }

  // biome-ignore format: a table reads in columns
  it.each([
    ['an investigator by user name',                     [by('username', 'ada', 'co-i')],                                          [],                  'co-i'],
    ['an investigator by address',                       [by('email', 'ada@example.org', 'pi')],                                   [],                  'pi'],
    ['both, the higher of the two',                      [by('username', 'ada', 'co-i'), by('email', 'ada@example.org', 'pi')],    ['ada@example.org'], 'pi'],
    ['let in',                                           [by('username', 'grace', 'pi')],                                          ['ada@example.org'], 'granted'],
    ['nobody, when her name is another’s address',       [by('email', 'ada', 'pi')],                                               ['ada'],             'none'],
    ['nobody, when her address is another’s user name',  [by('username', 'ada@example.org', 'pi')],                                [],                  'none'],
    ['nobody, when somebody else is let in',             [],                                                                       ['ada@example.com'], 'none'],
  ] as const)('%s', (_what, investigators, granted, expected) => {
    expect(standingOf({ investigators, granted }, ada)).toBe(expected)
  })

  it('is nothing by an address that nobody vouches for', () => {
    const people = { investigators: [by('email', 'ada@example.org', 'pi')], granted: ['ada@example.org'] }
    expect(standingOf(people, { username: 'mallory', verifiedEmails: [] })).toBe('none')
  })
})

it.each([
  ['1234', true],
  ['GO-1234', true],
  ['jwst:1234.v2_a+b~c', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['.', false],
  ['..', false],
  ['a/b', false],
  ['a b', false],
  ['é', false],
  ['a\n', false],
  ['from_url', false],
  ['access', false],
])('%j as the identifier of a program: %s', (id, expected) => {
  expect(isProgramId(id)).toBe(expected)
})

describe('the difference between two tellings of a program', () => {
  const told = {
    ...program({ periodEnd: NOW }),
    investigators: [
      { kind: 'username', name: 'ada', role: 'pi' },
      { kind: 'email', name: 'g@example.org', role: 'co-i' },
    ],
  } as const

  it('is none when the same people are told in another order', () => {
    const again = { ...told, investigators: [...told.investigators].reverse() }
    expect(differenceOf(told, again)).toBeUndefined()
  })

  it('names the investigators before and after, in one order, when a role changes', () => {
    const [ada, grace] = told.investigators
    const promoted = { ...grace, role: 'pi' as const }
    expect(differenceOf(told, { ...told, investigators: [ada, promoted] })).toEqual({
      old: { investigators: [grace, ada] },
      now: { investigators: [promoted, ada] },
    })
  })

  it('is looked for in all that the archive describes', () => {
    expect(factsOf(told)).toEqual({
      title: told.title,
      periodEnd: NOW,
      public: false,
      investigators: [...told.investigators].reverse(),
    })
  })

  it('is what changed, and nothing else', () => {
    const { periodEnd: _gone, ...endless } = told
    expect(differenceOf(told, endless)).toEqual({ old: { periodEnd: NOW }, now: { periodEnd: null } })
  })
})

describe('a user name that no user had when the archive gave it', () => {
  const people = (awaiting: boolean) => ({
    investigators: [{ kind: 'username' as const, name: 'ada', role: 'pi' as const, ...(awaiting && { awaiting }) }],
    granted: [],
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['of a provider, before the confirmation', true,  true,  'none'],
    ['of a provider, after it',                false, true,  'pi'],
    ['with an account that the operator made', true,  false, 'pi'],
  ] as const)('gives to its user %s: %#', (_whose, awaiting, isFromProvider, expected) => {
    expect(standingOf(people(awaiting), { username: 'ada', verifiedEmails: [], isFromProvider })).toBe(expected)
  })
})
