import { describe, expect, it } from '@jest/globals'
import { compileRequirement } from '../../../server/core/access/requirement.js'

const compile = (query: string) => compileRequirement(new URLSearchParams(query))
const NOTHING = {
  scopes: [],
  satisfy: 'all',
  onlyServices: [],
  userDomain: false,
  useAuthorization: false,
  authType: 'bearer',
  allowCookies: true,
  tokenCookies: [],
  sameOrigin: false,
  allowOptions: false,
  loginRedirect: false,
  optional: 'false',
}

describe('the query of an auth URL', () => {
  it.each([
    ['', {}],
    ['scope=read:tap', { scopes: ['read:tap'] }],
    ['scope=b&scope=a&scope=b&satisfy=any', { scopes: ['a', 'b'], satisfy: 'any' }],
    ['auth_type=both&service=tap', { authType: 'both', service: 'tap' }],
    ['scope=read:tap,read:image', { scopes: ['read:tap,read:image'] }],
    ['user=ada&delegate_scopes=x&auth_uri=y', {}],
    ['satisfy=any&satisfy=all', {}],
    ['only_service=tap&only_service=portal', { onlyServices: ['tap', 'portal'] }],
    ['username=ada&user_domain=true', { username: 'ada', userDomain: true }],
    ['notebook=true', { delegation: { type: 'notebook' }, minimumLifetime: 300 }],
    [
      'delegate_to=tap&delegate_scope=b&delegate_scope=a&service=tap',
      { delegation: { type: 'internal', service: 'tap', scopes: ['a', 'b'] }, minimumLifetime: 300, service: 'tap' },
    ],
    [
      'delegate_to=tap&minimum_lifetime=600.5',
      { delegation: { type: 'internal', service: 'tap', scopes: [] }, minimumLifetime: 600.5 },
    ],
    ['minimum_lifetime=300', { minimumLifetime: 300 }],
    [
      'use_authorization=1&allow_cookies=no&allow_options=on',
      { useAuthorization: true, allowCookies: false, allowOptions: true },
    ],
    ['cookie=mast_token&cookie=other', { tokenCookies: ['mast_token', 'other'] }],
    ['notebook=FALSE&user_domain=Off', {}],
    ['optional=true', { optional: 'true' }],
    ['optional=strict', { optional: 'strict' }],
    ['login_redirect=true', { loginRedirect: true }],
    ['same_origin=true', { sameOrigin: true }],
    [`service=${'x'.repeat(128)}`, { service: 'x'.repeat(128) }],
    ['delegate_to=&service=&username=', {}],
    ['program=1234', { programs: ['1234'] }],
    ['program=1234&program=GO-5', { programs: ['1234', 'GO-5'] }],
    ['program=from_url&deny_as=401', { programs: 'from_url', denyAs: 401 }],
    ['program=from_url&program_parameter=uri', { programs: { parameter: 'uri' } }],
    ['deny_as=404', { denyAs: 404 }],
    ['deny_as=404&login_redirect=true', { denyAs: 404, loginRedirect: true }],
  ])('%j is compiled', (query, expected) => {
    expect(compile(query)).toStrictEqual({ requirement: { ...NOTHING, ...expected }, early: [], late: [] })
  })

  it.each([
    ['auth_type=digest', 'early', 'auth_type', 'enum', "Input should be 'bearer', 'basic' or 'both'"],
    [
      'allow_cookies=maybe',
      'early',
      'allow_cookies',
      'bool_parsing',
      'Input should be a valid boolean, unable to interpret input',
    ],
    [
      'allow_options=',
      'early',
      'allow_options',
      'bool_parsing',
      'Input should be a valid boolean, unable to interpret input',
    ],
    ['notebook=x', 'early', 'notebook', 'bool_parsing', 'Input should be a valid boolean, unable to interpret input'],
    [
      'optional=maybe',
      'early',
      'optional',
      'bool_parsing',
      'Input should be a valid boolean, unable to interpret input',
    ],
    [
      'notebook=true&delegate_to=tap',
      'early',
      'delegate_to',
      'invalid_delegate_to',
      'delegate_to cannot be set for notebook tokens',
    ],
    ['service=a&delegate_to=b', 'early', 'delegate_to', 'invalid_service', 'service must be the same as delegate_to'],
    ['program=', 'early', 'program', 'value_error', 'Input should be from_url, alone, or the identifiers of programs'],
    [
      'program=1&program=from_url',
      'early',
      'program',
      'value_error',
      'Input should be from_url, alone, or the identifiers of programs',
    ],
    ...[
      'program_parameter=uri',
      'program=1&program_parameter=uri',
      `program=from_url${'&program_parameter=uri'.repeat(2)}`,
    ].map(
      (query) =>
        [
          query,
          'early',
          'program_parameter',
          'invalid_program_parameter',
          'program_parameter can be given once, with program=from_url',
        ] as const,
    ),
    ['deny_as=410', 'early', 'deny_as', 'enum', "Input should be '403', '401' or '404'"],
    [
      'deny_as=401&login_redirect=true',
      'early',
      'deny_as',
      'invalid_deny_as',
      'deny_as cannot be 401 where login_redirect is set',
    ],
    ['satisfy=some', 'late', 'satisfy', 'enum', "Input should be 'all' or 'any'"],
    ['satisfy=ALL', 'late', 'satisfy', 'enum', "Input should be 'all' or 'any'"],
    ['satisfy=', 'late', 'satisfy', 'enum', "Input should be 'all' or 'any'"],
    [
      'minimum_lifetime=299',
      'late',
      'minimum_lifetime',
      'greater_than_equal',
      'Input should be greater than or equal to 5 minutes',
    ],
    [
      'minimum_lifetime=-1',
      'late',
      'minimum_lifetime',
      'greater_than_equal',
      'Input should be greater than or equal to 5 minutes',
    ],
    [
      'minimum_lifetime=NaN',
      'late',
      'minimum_lifetime',
      'time_delta_parsing',
      'Input should be a valid timedelta, invalid character in duration',
    ],
    [
      'minimum_lifetime=1e9',
      'late',
      'minimum_lifetime',
      'time_delta_parsing',
      'Input should be a valid timedelta, invalid character in duration',
    ],
  ] as const)('%j is refused (%s) and named', (query, when, parameter, type, msg) => {
    const compiled = compile(query)
    expect(compiled[when]).toEqual([expect.objectContaining({ type, loc: ['query', parameter], msg })])
    expect(compiled[when === 'early' ? 'late' : 'early']).toEqual([])
  })

  // Attack: a name with a line break in it is a header more in the answer to the proxy.
  it.each(['a%20b', 'tap%0D%0AX-Auth-Request-User:%20root', 'caf%C3%A9', 'x'.repeat(129)])(
    'has no service of a name that cannot travel in a header: %s',
    (given) => {
      const msg = "String should match pattern '^[!-~]{1,128}$'"
      for (const name of ['service', 'delegate_to']) {
        const { early } = compile(`${name}=${given}`)
        const input = decodeURIComponent(given)
        expect(early).toEqual([{ type: 'string_pattern_mismatch', loc: ['query', name], msg, input }])
      }
    },
  )
})
