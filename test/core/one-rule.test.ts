import { describe, expect, it } from '@jest/globals'
import { newTokenForUser } from '../../server/api/schemas/requests.js'
import { isEmail, normalEmail } from '../../server/core/people/email.js'
import { isPosixId } from '../../server/core/people/identifiers.js'
import { isoTime, LAST_INSTANT } from '../../server/core/time.js'
import { TOKEN_TYPES } from '../../server/core/token/record.js'
import type { Scope } from '../../server/core/token/scope.js'
import { TOKEN_KINDS } from '../../server/pages/shared/format/labels.js'
import { privilegedGroups } from '../../server/settings/privileged-groups.js'
import { TokenType } from '../../server/storage/generated/enums.js'
import { emailOf, idOf } from '../../server/storage/ldap/entry.js'

const LONG = `${'a'.repeat(300)}@example.org`

/** The verdict of each place that takes an address from outside. */
function verdicts(text: string) {
  const request = { username: 'bot-a', token_type: 'service', email: text }
  return {
    rule: isEmail(text),
    grant: normalEmail(text) !== undefined,
    ldap: emailOf({ dn: 'uid=ada', mail: text }, 'mail') !== undefined,
    api: newTokenForUser.safeParse(request).success,
  }
}

describe('an e-mail address', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['ada@example.org',   true],
    ['x',                 false],
    ['a\u0001@b',         false],
    ['a\u200B@b',         false],
    ['a@b@c',             false],
    ['@example.org',      false],
    [LONG,                false],
  ])('%j gets one verdict from LDAP, the API and program grants', (text, valid) => {
    expect(verdicts(text)).toEqual({ rule: valid, grant: valid, ldap: valid, api: valid })
  })
})

describe('a UID or GID', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    [1,           true],
    [2147483647,  true],
    [0,           false],
    [-1,          false],
    [1.5,         false],
    [2147483648,  false],
    [4294967294,  false],
  ])('%j gets one verdict from LDAP, the API and the rule', (id, valid) => {
    const ldap = () => idOf({ dn: 'uid=ada', uidNumber: String(id) }, 'uidNumber')
    const api = newTokenForUser.safeParse({ username: 'bot-a', token_type: 'service', uid: id }).success
    expect([isPosixId(id), api]).toEqual([valid, valid])
    if (valid) expect(ldap()).toBe(id)
    else expect(ldap).toThrow(/uidNumber/)
  })
})

describe('token types', () => {
  it('are the same in the rules, on pages and in the database', () => {
    expect(Object.keys(TOKEN_KINDS).sort()).toEqual([...TOKEN_TYPES].sort())
    expect(Object.values(TokenType).sort()).toEqual([...TOKEN_TYPES].sort())
  })
})

describe('privileged groups', () => {
  it('are those that give scopes, a quota, or freedom from quotas', () => {
    const groupMapping = new Map([['read:tap' as Scope, new Set(['users'])]])
    const quota = { groups: { astro: { api: { tap: 5 } } }, bypass: ['admins'] }
    expect([...privilegedGroups({ groupMapping, quota })].sort()).toEqual(['admins', 'astro', 'users'])
  })
})

describe('the last instant', () => {
  it('is the last second with a year of four digits', () => {
    expect(isoTime(LAST_INSTANT)).toBe('9999-12-31T23:59:59Z')
  })
})
