import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { claimName, isSubject, type NameHolder, type ProvidedIdentity } from '../../../server/core/people/identity.js'

const ISSUER = 'https://login.example.org'
const identity = (changes: Partial<ProvidedIdentity> = {}): ProvidedIdentity => ({
  provider: 'institute',
  issuer: ISSUER,
  subject: '1815',
  ...changes,
})
const person = (provider: string, subject?: string, issuer = ISSUER): NameHolder => ({
  is: 'person',
  provider,
  ...(subject !== undefined && { identity: { issuer, subject } }),
})

describe('a user name that an identity brings', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['is bound to it when no user has the name',                 undefined,                                         'bind'],
    ['is bound to it when the same provider bound no identity',  person('institute'),                               'bind'],
    ['stays its own',                                            person('institute', '1815'),                       'same'],
    ['is refused to another subject',                            person('institute', '6666'),                       'taken'],
    ['is refused to a subject that differs in case',             person('institute', 'i1815'.toUpperCase()),        'taken'],
    ['is refused to the same subject of another issuer',         person('institute', '1815', 'https://evil.example'), 'taken'],
    ['is refused to another provider',                           person('museum', '1815'),                          'taken'],
    ['is refused to another provider, bound or not',             person('museum'),                                  'taken'],
    ['is refused when a local account has it',                   { is: 'account' },                                 'taken'],
  ] as const)('%s', (_what, holder, expected) => {
    expect(claimName(holder, identity())).toBe(expected)
  })

  it('belongs to exactly one identity, whatever the order in which identities come', () => {
    const identities = fc.record({
      provider: fc.constantFrom('institute', 'museum'),
      issuer: fc.constantFrom(ISSUER, 'https://museum.example'),
      subject: fc.constantFrom('1815', '6666', ''),
    })
    fc.assert(
      fc.property(fc.array(identities, { minLength: 1 }), (arrivals) => {
        let holder: NameHolder | undefined
        const admitted = new Set<string>()
        for (const { provider, ...bound } of arrivals) {
          const claim = claimName(holder, { provider, ...bound })
          if (claim === 'bind') holder = { is: 'person', provider, identity: bound }
          if (claim !== 'taken') admitted.add(JSON.stringify([provider, bound.issuer, bound.subject]))
        }
        expect(admitted.size).toBe(1)
      }),
    )
  })
})

describe('an identifier', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['with a subject of 255 characters', { subject: 'x'.repeat(255) }, true],
    ['with a longer subject',            { subject: 'x'.repeat(256) }, false],
    ['without a subject',                { subject: '' },              false],
    ['without an issuer',                { issuer: '' },               false],
    ['with NUL, which no store takes',   { subject: '18\0' + '15' },   false],
    ['with an issuer beyond all bounds', { issuer: `https://${'x'.repeat(1100)}` }, false],
  ] as const)('%s can be stored: %#', (_what, changes, expected) => {
    expect(isSubject(identity(changes))).toBe(expected)
  })
})
