import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  AssertionFault,
  judgeAssertion,
  parseXmlInstant,
  type SamlAssertion,
  SKEW,
} from '../../../../server/core/people/saml/assertion.js'
import { isoTime } from '../../../../server/core/time.js'

const NOW = 1_800_000_000
const PARTIES = { provider: 'https://idp', site: 'https://site', recipient: 'https://site/acs' }
const at = (seconds: number) => isoTime(NOW + seconds)

const bearer = (changes = {}) => ({
  method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  recipient: PARTIES.recipient,
  inResponseTo: '_r',
  notOnOrAfter: at(60),
  ...changes,
})
const conditions = (changes = {}) => ({ audiences: [[PARTIES.site]], others: [], ...changes })

const assertion = (changes: Partial<SamlAssertion> = {}): SamlAssertion => ({
  id: '_a',
  version: '2.0',
  issuer: PARTIES.provider,
  issued: at(0),
  confirmations: [bearer()],
  conditions: conditions(),
  authentication: { at: at(-10) },
  attributes: [],
  ...changes,
})
const judge = (changes?: Partial<SamlAssertion>) => judgeAssertion(assertion(changes), PARTIES, NOW)

describe('an assertion', () => {
  it('is accepted with the request that it answers and the time of the sign-in', () => {
    expect(judge()).toEqual({ inResponseTo: '_r', authenticated: NOW - 10 })
  })

  it('is accepted by the one confirmation of several that is for this site', () => {
    const other = bearer({ recipient: 'https://other/acs', inResponseTo: '_other' })
    expect(judge({ confirmations: [other, bearer()] })).toMatchObject({ inResponseTo: '_r' })
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, Partial<SamlAssertion>, RegExp]>([
    ['of another version',            { version: '1.1' },                                                  /version/],
    ['without an ID',                 { id: '' },                                                          /no ID/],
    ['of another issuer',             { issuer: 'https://evil' },                                          /issuer/],
    ['with an audience of two lists', { conditions: conditions({ audiences: [[PARTIES.site], ['x']] }) },  /audience/],
    ['with a condition of its own',   { conditions: conditions({ others: ['Condition'] }) },               /not understood/],
    ['without a confirmation',        { confirmations: [] },                                               /recipient/],
    ['without an end',                { confirmations: [{ ...bearer(), notOnOrAfter: 'soon' }] },          /no readable time/],
    ['in a zone of its own',          { authentication: { at: '2027-01-15T08:00:00+01:00' } },             /no readable time/],
    ['without an audience',           { conditions: conditions({ audiences: [] }) },                       /another audience/],
    ['for the holder of a key',       { confirmations: [bearer({ method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' })] }, /another recipient/],
    ['that answers no request',       { confirmations: [bearer({ inResponseTo: undefined })] },            /answers no request/],
    ['whose confirmation has no end', { confirmations: [bearer({ notOnOrAfter: undefined })] },            /has no NotOnOrAfter/],
    ['of later',                      { issued: at(SKEW + 1) },                                            /^IssueInstant begins 61 seconds ahead$/],
    ['whose confirmation has ended',  { confirmations: [bearer({ notOnOrAfter: at(-SKEW) })] },            /^SubjectConfirmationData ended 60 seconds ago$/],
    ['whose conditions have ended',   { conditions: conditions({ notOnOrAfter: at(-SKEW) }) },             /^Conditions ended 60 seconds ago$/],
    ['of a later sign-in',            { authentication: { at: at(SKEW + 1) } },                            /^AuthnStatement begins 61 seconds ahead$/],
    ['of a session that has ended',   { authentication: { at: at(-10), sessionEnds: at(-SKEW) } },         /^AuthnStatement ended 60 seconds ago$/],
  ])('%s is refused', (_what, changes, cause) => {
    const isOfClock = cause.source.includes('seconds')
    expect(judge(changes)).toMatchObject({ cause: expect.stringMatching(cause), isOfClock })
  })

  it.each(['conditions', 'authentication'] as const)('without its %s is refused', (part) => {
    const { [part]: _missing, ...rest } = assertion()
    expect(judgeAssertion(rest, PARTIES, NOW)).toMatchObject({
      cause: expect.stringMatching(/^there are no Conditions/),
    })
  })

  it('is valid from a minute before its beginning to a minute after its end, and at no other time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -200, max: 200 }), (start, end) => {
        const times = { notBefore: at(start), notOnOrAfter: at(end) }
        const isValid = start <= SKEW && end > -SKEW
        for (const changes of [{ conditions: conditions(times) }, { confirmations: [bearer(times)] }]) {
          const judged = judge(changes)
          expect(judged instanceof AssertionFault ? judged.isOfClock : 'accepted').toBe(isValid ? 'accepted' : true)
        }
      }),
    )
  })
})

describe('an instant of SAML', () => {
  it.each([
    ['2027-01-15T08:00:00Z', NOW],
    ['2027-01-15T08:00:00.999Z', NOW],
    ['2027-01-15T08:00:00', undefined],
    ['2027-02-30T25:00:00Z', undefined],
    ['1800000000', undefined],
  ])('%s is %s', (text, expected) => {
    expect(parseXmlInstant(text)).toBe(expected)
  })
})
