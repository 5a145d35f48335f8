import { describe, expect, it } from '@jest/globals'
import type { Finding } from '../../server/core/explain/finding.js'
import type { Scope } from '../../server/core/token/scope.js'
import { findingInEnglish, findingSentence } from '../../server/explain/sentences.js'
import { LANGUAGES } from '../../server/words/reader.js'
import { ENGLISH, wordsFor } from '../../server/words/words.js'

const scopes = (...names: string[]) => names as Scope[]
const networks = ['198.51.100.0/24', '203.0.113.0/24']
const AT = 1_790_000_000

// biome-ignore format: a table reads in columns
const FINDINGS: readonly (readonly [Finding, string])[] = [
  [{ is: 'needsAnyToken' }, 'Any valid token, or a session.'],
  [{ is: 'needsScopes', scopes: scopes('a:a') }, 'A token with the permission a:a.'],
  [{ is: 'needsScopes', scopes: scopes('a:a', 'b:b', 'c:c') }, 'A token with the permissions a:a, b:b and c:c.'],
  [{ is: 'needsOneScope', scopes: scopes('a:a', 'b:b') }, 'A token with one of the permissions a:a or b:b.'],
  [{ is: 'needsService', services: ['tap', 'hips'] }, 'Only tokens created for the service tap or hips are accepted.'],
  [{ is: 'needsUser', username: 'ada' }, 'Only the user ada has access.'],
  [{ is: 'needsUserOfHost' }, 'Only the user whose name begins the host name has access.'],
  [{ is: 'needsLifetime', seconds: 7200 }, 'The token must be valid for at least 2 hours more.'],
  [{ is: 'needsInvestigator' }, 'While data are reserved, only their investigators, and people they authorise, have access.'],
  [{ is: 'needsToken' }, 'A browser session does not count: the request must carry a token.'],
  [{ is: 'admitsAnonymous' }, 'Requests without a token are also accepted, and get what is public.'],
  [{ is: 'ended' }, 'It is not valid: it was revoked, was not used for too long, or its owner is disabled.'],
  [{ is: 'neverExpires' }, 'It never expires.'],
  [{ is: 'expired', at: AT }, 'It expired on 2026-09-21 14:13:20 UTC.'],
  [{ is: 'expires', at: AT }, 'It is valid until 2026-09-21 14:13:20 UTC.'],
  [{ is: 'lastsLongEnough', seconds: 600 }, 'It is valid for at least 10 minutes more.'],
  [{ is: 'endsTooSoon', seconds: 60 }, 'It expires in less than 1 minute.'],
  [{ is: 'inPlace' }, 'It can be used here.'],
  [{ is: 'elsewhere', networks, address: '192.0.2.7' }, 'It can be used only from the networks 198.51.100.0/24 and 203.0.113.0/24. This request comes from 192.0.2.7, and its service has no name here.'],
  [{ is: 'elsewhere', services: ['portal'], service: 'tap' }, 'It can be used only at the services portal. This request goes to the service tap, and its address is not known.'],
  [{ is: 'hasScopes', scopes: scopes('a:a') }, 'It has the permission a:a.'],
  [{ is: 'lacksScopes', scopes: scopes('a:a', 'b:b'), inactive: scopes('b:b') }, 'It lacks the permissions a:a and b:b. It was created with b:b, which no group of its owner includes now.'],
  [{ is: 'lacksEachScope', scopes: scopes('a:a', 'b:b'), inactive: [] }, 'It has none of the permissions a:a or b:b.'],
  [{ is: 'madeFor', services: ['hips'] }, 'Only tokens created for the service hips are accepted; this one was created for no service.'],
  [{ is: 'ofUser', required: 'grace', username: 'ada' }, 'Only grace has access; it is a token of ada.'],
  [{ is: 'ofUserOfHost', username: 'ada' }, 'The host belongs to the user whose name it begins with; it is a token of ada.'],
  [{ is: 'dataPublic' }, 'The data are public.'],
  [{ is: 'dataShared' }, 'Its owner has access to these data.'],
  [{ is: 'misconfigured', message: 'program needs "programs"' }, 'This location is misconfigured: program needs "programs"'],
  [{ is: 'refused', code: 'program_unknown' }, 'No program is known by this identifier.'],
  [{ is: 'quotaBlocks', service: 'tap' }, 'A quota blocks tap for its owner.'],
  [{ is: 'quotaAdmits', requests: 2 }, 'Its owner can send 2 requests a minute.'],
  [{ is: 'otherUser', username: 'grace' }, 'This belongs to the user grace.'],
  [{ is: 'onlyService', services: ['tap'] }, 'Only the service tap can send requests here, with the token that it gets for its user.'],
]

describe('a finding', () => {
  it.each(FINDINGS)('%j is, for a program: %s', (finding, sentence) => {
    expect(findingInEnglish(finding)).toBe(sentence)
  })

  it.each(LANGUAGES)('has a sentence in %s with all its values', (language) => {
    for (const [finding] of FINDINGS) {
      const text = JSON.stringify(findingSentence(finding, wordsFor({ language, dates: 'language' })))
      const names = Object.values(finding)
        .flat()
        .filter((value) => /[/:]|^(?:ada|grace|tap|hips|portal)$/.test(value))
      for (const name of names)
        expect([finding.is, text.includes(name.replaceAll('"', '\\"'))]).toEqual([finding.is, true])
    }
  })

  it('marks permissions and services as code, and leaves an instant to the page', () => {
    expect(findingSentence({ is: 'hasScopes', scopes: scopes('a:a', 'b:b') }, ENGLISH)).toEqual([
      'It has the permissions ',
      { code: 'a:a' },
      ' and ',
      { code: 'b:b' },
      '.',
    ])
    expect(findingSentence({ is: 'expires', at: AT }, ENGLISH)).toContainEqual({ at: AT, as: 'exact' })
  })
})
