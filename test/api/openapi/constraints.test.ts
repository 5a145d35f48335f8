import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { apiDocument } from '../../../server/api/openapi/document.js'
import { API_ROUTES } from '../../../server/api/routes/index.js'
import { isNetwork } from '../../../server/core/access/ip-network.js'
import { Refusal } from '../../../server/core/access/refusal.js'
import { readRestriction } from '../../../server/core/access/restriction.js'
import { isRedirectUri } from '../../../server/core/openid/redirect.js'
import { normalEmail } from '../../../server/core/people/email.js'
import { cleanTokenName, isTokenName } from '../../../server/core/people/token-name.js'
import { findUnstorable } from '../../../server/core/storable-text.js'

const BASE = '/auth/api/v1'
const document = apiDocument()
const ajv = new Ajv2020({ strict: false })

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What the document says, and what the server does, of one value: of a body, or of one parameter of the query or the path. */
function verdicts(method: Method, path: string, value: unknown, parameter?: string) {
  const operation = document.paths[`${BASE}${path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[method]
  const route = Object.values(API_ROUTES)
    .flat()
    .find((each) => each.method === method && each.path === path)
  const schema = parameter
    ? operation?.parameters?.find(({ name }) => name === parameter)?.schema
    : Object.values(operation?.requestBody?.content ?? {})[0]?.schema
  const inPath = parameter !== undefined && path.includes(`:${parameter}`)
  const read = parameter ? (inPath ? route?.params : route?.query) : (route?.body ?? route?.lines)
  if (!schema || !read) throw new Error(`${method} ${path} is not documented`)
  const given = parameter ? { ...(inPath && { id: 'P-1' }), [parameter]: value } : value
  return [ajv.validate(schema, value), read.safeParse(given).success && isTaken(value, parameter)]
}

/** The rules that come after the schema. */
function isTaken(value: unknown, parameter: string | undefined): boolean {
  if (findUnstorable(value)) return false
  if (parameter === 'ip_address') return isNetwork(String(value))
  if (parameter === 'email') return normalEmail(String(value)) !== undefined
  const { token_name: name, networks = [], services = [], return_uri: uri } = Object(value)
  if (uri !== undefined && !isRedirectUri(uri)) return false
  return (
    (name == null || isTokenName(cleanTokenName(name))) && !(readRestriction(networks, services) instanceof Refusal)
  )
}

const TOKEN = { username: 'ada', token_type: 'user', token_name: 'x' }
const ROBOT = { username: 'bot-ada', token_type: 'service' }
const OWN = '/users/:username/tokens'
const ONE = '/users/:username/tokens/:key'
const GRANT = '/programs/:id/grants/:email'
const CLIENT = '/oidc-clients/:client_id'
const client = (return_uri: string) => ({ description: 'x', return_uri })
const named = (token_name: string) => ({ token_name })
const bound = (network: string) => ({ token_name: 'x', networks: [network] })
const facts = (investigator: object) => ({ public: true, investigators: [investigator] })

describe('what the server refuses', () => {
  it.each<[string, Method, string, unknown, string?]>([
    ['a token without its name', 'post', '/tokens', { username: 'ada', token_type: 'user' }],
    ['a named service token', 'post', '/tokens', { ...ROBOT, token_name: 'x' }],
    ['an e-mail address without @', 'post', '/tokens', { ...TOKEN, email: 'ada' }],
    ['an empty expiry', 'post', '/users/:username/tokens', { token_name: 'x', expires: '' }],
    ['a thirteenth month', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-13-01' }],
    ['the 30th of February', 'post', OWN, { token_name: 'x', expires: '2027-02-30' }],
    ['the 29th of February of no leap year', 'put', '/programs/:id', { period_end: '2100-02-29' }],
    ['a name of spaces', 'post', OWN, named('\u2003 ')],
    ['a name of invisible characters', 'post', '/tokens', { ...TOKEN, ...named('\u200B\u2800') }],
    ['a name with a control character', 'patch', ONE, named('a\tb')],
    ['a name with NUL', 'post', OWN, named('a\0')],
    ['a name of 65 emoji', 'post', OWN, named('🔭'.repeat(65))],
    ['a token for a name', 'post', OWN, named(`gt-${'A'.repeat(22)}.${'B'.repeat(22)}`)],
    ['a scope with a space', 'post', OWN, { ...named('x'), scopes: ['read tap'], services: ['a b'] }],
    ['a network of 40 bits of 32', 'post', OWN, bound('10.0.0.0/40')],
    ['a network with a byte above 255', 'patch', ONE, bound('10.0.0.256')],
    ['a network with a zone', 'post', '/tokens', { ...TOKEN, networks: ['fe80::1%eth0'] }],
    ['a service with a comma', 'post', OWN, { ...named('x'), services: ['a,b'] }],
    ['a display name with NUL', 'post', '/tokens', { ...TOKEN, name: 'A\0' }],
    ['an e-mail address with an invisible character', 'post', '/tokens', { ...TOKEN, email: 'ada@example\u200B.org' }],
    ['an actor of digits', 'get', '/history/token-changes', '0', 'actor'],
    ['an empty instant', 'get', '/history/token-changes', '', 'since'],
    ['an instant beyond the year 9999', 'get', '/audit', '999999999999999', 'since'],
    ['an instant of too many digits', 'delete', OWN, '9'.repeat(400), 'created_before'],
    ['an address that is none', 'get', '/history/token-changes', '0', 'ip_address'],
    ['an address with too many groups', 'get', '/history/token-changes', '1:2:3:4:5:6:7:8:9', 'ip_address'],
    ['a spelling of neither yes nor no', 'delete', ONE, 'si', 'heirs'],
    ['an empty limit', 'get', '/audit', '', 'limit'],
    ['a limit in powers', 'get', '/audit', '1e3', 'limit'],
    ['a cursor in sixteens', 'get', '/audit', '0x1F', 'cursor'],
    ['a reason with NUL', 'delete', OWN, 'a\0', 'reason'],
    ['a scope with NUL', 'delete', OWN, 'a\0', 'scope'],
    ['a grant to no address', 'put', GRANT, 'ada', 'email'],
    ['a grant to two addresses', 'get', GRANT, 'a@b@c', 'email'],
    ['a grant to an address with NUL', 'delete', GRANT, 'a\0@b', 'email'],
    ['a word of the API for a program', 'get', '/programs/:id', 'access', 'id'],
    ['a title with a control character', 'put', '/programs/:id', { public: true, title: 'a\x1Bb' }],
    ['a title of 501 characters', 'put', '/programs/:id', { public: true, title: 'é'.repeat(501) }],
    ['a period that ended before 1970', 'put', '/programs/:id', { period_end: '1969-12-31' }],
    ['a period that ends after the year 9999', 'put', '/programs/:id', { period_end: 253_402_300_800_000 }],
    ['a line with neither a period nor public', 'put', '/programs', { id: 'GO-1' }],
    ['a program identifier of 65 characters', 'post', '/programs/access', { programs: ['x'.repeat(65)] }],
    ['an explanation of no address', 'post', '/explain', { url: 'ftp://example.org/' }],
    ['an explanation of a broken host', 'post', '/explain', { url: 'https://[::g]/' }],
    ['an explanation for no client address', 'post', '/explain', { url: '/', address: '' }],
    ['an explanation of a time before 1970', 'post', '/explain', { url: '/', at: -1 }],
    ['an explanation of neither', 'post', '/explain', {}],
    ['a client without an address', 'post', '/oidc-clients', { description: 'x' }],
    ['a client with no addresses', 'patch', CLIENT, { description: 'x', return_uris: [] }],
    ['a client on a network without TLS', 'post', '/oidc-clients', client('http://a.example/')],
    ['a client with a fragment', 'post', '/oidc-clients', client('https://a.example/#x')],
    ['a client of a name with NUL', 'patch', CLIENT, { ...client('https://a.example/'), description: 'a\0' }],
    ['a quota for a name with NUL', 'put', '/quota-overrides', { groups: { 'a\0': {} } }],
    ['a group with NUL', 'put', '/quota-overrides', { bypass: ['a\0'] }],
    ['an investigator of no name', 'put', '/programs/:id', facts({})],
    ['an investigator of two names', 'put', '/programs/:id', facts({ username: 'ada', email: 'a@b.org' })],
    ['an empty user name', 'put', '/programs/:id', facts({ username: '' })],
    ['an empty e-mail address', 'put', '/programs', { id: 'GO-1', ...facts({ email: '' }) }],
    ['neither a period nor public', 'put', '/programs/:id', {}],
    ['a period that is null alone', 'put', '/programs/:id', { period_end: null }],
    ['a quota beyond exact integers', 'put', '/quota-overrides', { default: { api: { tap: 2 ** 60 } } }],
  ])('is refused by the document, too: %s', (...row) => {
    const [, method, path, value, parameter] = row
    expect(verdicts(method, path, value, parameter)).toEqual([false, false])
  })
})

describe('what the server takes', () => {
  it.each<[string, Method, string, unknown, string?]>([
    ['a token', 'post', '/tokens', { ...TOKEN, email: 'ada@example.org' }],
    ['a service token', 'post', '/tokens', { ...ROBOT, token_name: null }],
    ['a date', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-12-31' }],
    ['an instant with a zone', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-12-31t23:59z' }],
    ['seconds as text', 'post', '/users/:username/tokens', { token_name: 'x', expires: '1900000000' }],
    ['no expiry', 'post', '/users/:username/tokens', { token_name: 'x', expires: null }],
    ['the 29th of February of a leap year', 'post', OWN, { token_name: 'x', expires: '2028-02-29' }],
    ['a name of 64 emoji', 'post', OWN, named('🔭'.repeat(64))],
    ['a name with invisible characters', 'post', OWN, named('\u200Btop\u00ADcat ')],
    ['a name of a character of the next Unicode', 'patch', ONE, named('\u0378')],
    ['networks in every form', 'post', OWN, { ...bound('10.0.0.0/8'), networks: ['::', '::1.2.3.4/96', 'a:b::/32'] }],
    ['an instant before 1970', 'get', '/history/token-changes', '-5', 'since'],
    ['an instant in milliseconds', 'get', '/audit', '1795700553000', 'until'],
    ['a date of long ago', 'delete', OWN, '1812-01-31', 'created_before'],
    ['yes in capitals', 'delete', ONE, 'YES', 'heirs'],
    ['a grant with spaces around', 'put', GRANT, ' Ada@example.org ', 'email'],
    ['a grant to an address of Greek letters', 'put', GRANT, 'αδα@παράδειγμα.gr', 'email'],
    ['a title of 500 emoji', 'put', '/programs/:id', { public: true, title: '🔭'.repeat(500) }],
    ['a title with a line end after it', 'put', '/programs/:id', { public: true, title: 'A deep field\n' }],
    ['an explanation of a path', 'post', '/explain', { url: '/api/tap?QUERY=%20', address: '::ffff:192.0.2.1', at: 0 }],
    ['an explanation of a URL', 'post', '/explain', { url: 'HTTPS://[2001:db8::1]:8443?x', method: 'PUT' }],
    ['a client', 'post', '/oidc-clients', client('https://a.example:8443/cb?next=/a')],
    ['a client at this machine', 'patch', CLIENT, { description: 'x', return_uris: ['http://[::1]:9/cb'] }],
    ['a program identifier of 64 emoji', 'post', '/programs/access', { programs: ['🔭'.repeat(64)] }],
    ['an actor of ours', 'get', '/history/token-changes', '<internal>', 'actor'],
    ['a user as actor', 'get', '/history/token-changes', 'ada-1', 'actor'],
    ['a network', 'get', '/history/token-changes', '2001:db8::/32', 'ip_address'],
    ['an investigator', 'put', '/programs/:id', facts({ email: ' Ada@example.org ' })],
    ['a period', 'put', '/programs/:id', { period_end: '2027-01-01T00:00:00Z' }],
    ['a quota', 'put', '/quota-overrides', { default: { api: { tap: 0 } } }],
  ])('is what the document takes: %s', (...row) => {
    const [, method, path, value, parameter] = row
    expect(verdicts(method, path, value, parameter)).toEqual([true, true])
  })
})
