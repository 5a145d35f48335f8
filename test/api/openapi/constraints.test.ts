import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { apiDocument } from '../../../server/api/openapi/document.js'
import { API_ROUTES } from '../../../server/api/routes/index.js'

const BASE = '/auth/api/v1'
const document = apiDocument()
const ajv = new Ajv2020({ strict: false })

/** What the document says, and what the server does, of one value: of a body, or of one parameter of the query. */
function verdicts(method: 'get' | 'post' | 'put', path: string, value: unknown, parameter?: string) {
  const operation = document.paths[`${BASE}${path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[method]
  const route = Object.values(API_ROUTES)
    .flat()
    .find((each) => each.method === method && each.path === path)
  const schema = parameter
    ? operation?.parameters?.find(({ name }) => name === parameter)?.schema
    : Object.values(operation?.requestBody?.content ?? {})[0]?.schema
  const read = parameter ? route?.query : (route?.body ?? route?.lines)
  if (!schema || !read) throw new Error(`${method} ${path} is not documented`)
  return [ajv.validate(schema, value), read.safeParse(parameter ? { [parameter]: value } : value).success]
}

const TOKEN = { username: 'ada', token_type: 'user', token_name: 'x' }
const ROBOT = { username: 'bot-ada', token_type: 'service' }
const facts = (investigator: object) => ({ public: true, investigators: [investigator] })

describe('what the server refuses', () => {
  it.each<[string, 'get' | 'post' | 'put', string, unknown, string?]>([
    ['a token without its name', 'post', '/tokens', { username: 'ada', token_type: 'user' }],
    ['a named service token', 'post', '/tokens', { ...ROBOT, token_name: 'x' }],
    ['an e-mail address without @', 'post', '/tokens', { ...TOKEN, email: 'ada' }],
    ['an empty expiry', 'post', '/users/:username/tokens', { token_name: 'x', expires: '' }],
    ['a thirteenth month', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-13-01' }],
    ['an actor of digits', 'get', '/history/token-changes', '0', 'actor'],
    ['an empty instant', 'get', '/history/token-changes', '', 'since'],
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
  it.each<[string, 'get' | 'post' | 'put', string, unknown, string?]>([
    ['a token', 'post', '/tokens', { ...TOKEN, email: 'ada@example.org' }],
    ['a service token', 'post', '/tokens', { ...ROBOT, token_name: null }],
    ['a date', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-12-31' }],
    ['an instant with a zone', 'post', '/users/:username/tokens', { token_name: 'x', expires: '2027-12-31t23:59z' }],
    ['seconds as text', 'post', '/users/:username/tokens', { token_name: 'x', expires: '1900000000' }],
    ['no expiry', 'post', '/users/:username/tokens', { token_name: 'x', expires: null }],
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
