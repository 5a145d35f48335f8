import { describe, expect, it } from '@jest/globals'
import { historyRoutes } from '../../server/api/routes/history.js'
import { newTokenForUser, tokenType } from '../../server/api/schemas/requests.js'
import { isEmail, normalEmail } from '../../server/core/people/email.js'
import { isPosixId } from '../../server/core/people/identifiers.js'
import { isoTime, LAST_INSTANT } from '../../server/core/time.js'
import { checkExpiry } from '../../server/core/token/lifetime.js'
import { TOKEN_TYPES } from '../../server/core/token/record.js'
import type { Scope } from '../../server/core/token/scope.js'
import { historyValues, readFilter } from '../../server/pages/admin/history-filter.js'
import { serviceMistakes } from '../../server/pages/admin/service-tokens.js'
import { checkAccount } from '../../server/people/add-account.js'
import { programFactsInput } from '../../server/programs/schema.js'
import { privilegedGroups } from '../../server/settings/privileged-groups.js'
import { quotaSchema } from '../../server/settings/quota.js'
import { TokenType } from '../../server/storage/generated/enums.js'
import { emailOf, idOf } from '../../server/storage/ldap/entry.js'
import { messagesOf } from '../../server/words/load.js'
import { ENGLISH } from '../../server/words/words.js'

const EMPTY_FORM = { name: '', scopes: [], expires: 'never', expiresAt: '', tzOffset: 0, networks: '', services: '' }
const LONG = `${'a'.repeat(300)}@example.org`

const allHistory = historyRoutes.find(({ path }) => path === '/history/token-changes')?.query

/** The verdict of each place that takes an address from outside. */
function verdicts(text: string) {
  const request = { username: 'bot-a', token_type: 'service', email: text }
  const form = { ...EMPTY_FORM, username: 'bot-a', email: text }
  return {
    rule: isEmail(text),
    grant: normalEmail(text) !== undefined,
    ldap: emailOf({ dn: 'uid=ada', mail: text }, 'mail') !== undefined,
    api: newTokenForUser.safeParse(request).success,
    account: checkAccount({ username: 'ada', email: text, groups: [] }) === undefined,
    service: serviceMistakes(form).length === 0,
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
  ])('%j gets one verdict from LDAP, the API, program grants, local accounts and the service form', (text, valid) => {
    const one = { rule: valid, grant: valid, ldap: valid, api: valid, account: valid, service: valid }
    expect(verdicts(text)).toEqual(one)
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
  it('are the same in the rules, the API, on pages and in the database', () => {
    const types = [...TOKEN_TYPES].sort()
    const named = [...messagesOf('en').keys()].flatMap((key) => (key.startsWith('tokenKinds.') ? key.slice(11) : []))
    expect(named.sort()).toEqual(types)
    expect(Object.values(TokenType).sort()).toEqual(types)
    expect([...tokenType.options].sort()).toEqual(types)
    for (const type of types) expect(allHistory?.safeParse({ token_type: type }).success).toBe(true)
  })
})

describe('privileged groups', () => {
  it('are those that give scopes, a quota, or freedom from quotas', () => {
    const groupMapping = new Map([['read:tap' as Scope, new Set(['users'])]])
    const quota = quotaSchema.parse({ groups: { astro: { api: { tap: 5 } } }, bypass: ['admins'] })
    expect([...privilegedGroups({ groupMapping, quota })].sort()).toEqual(['admins', 'astro', 'users'])
  })
})

describe('the last instant', () => {
  it('is the last second with a year of four digits', () => {
    expect(isoTime(LAST_INSTANT)).toBe('9999-12-31T23:59:59Z')
  })

  it.each([
    ['is taken', 0, true],
    ['and a second is refused', 1, false],
  ])('%s by tokens, programs, and the history of the API and of pages', (_verdict, later, valid) => {
    const at = LAST_INSTANT + later
    // From outside, numbers as large as these are milliseconds.
    const given = at * 1000
    expect({
      token: checkExpiry(at, 0) === undefined,
      program: programFactsInput.safeParse({ period_end: given }).success,
      api: allHistory?.safeParse({ since: given }).success,
      page: readFilter(historyValues({ since: String(given) }), ENGLISH).errors.length === 0,
    }).toEqual({ token: valid, program: valid, api: valid, page: valid })
  })
})
