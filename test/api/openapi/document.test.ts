import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import supertest from 'supertest'
import { apiDocument } from '../../../server/api/openapi/document.js'
import type { JsonSchema } from '../../../server/api/openapi/json-schema.js'
import { exportEvent } from '../../../server/core/audit/ecs.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { contractOf, type Seen } from '../../support/api-contract.js'
import { read } from '../../support/clients/page-text.js'
import { request } from '../../support/documented.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { hangUp } from '../../support/stores/hang-up.js'

const document = apiDocument()
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, each]) => (each ? [{ path, method, ...each }] : [])),
)

/** Every schema of the document, wherever it stands. */
function schemas(): JsonSchema[] {
  const contents = [
    ...operations.flatMap(({ requestBody, responses }) => [requestBody, ...Object.values(responses)]),
    ...Object.values(document.components.responses),
  ].flatMap((each) => (each && 'content' in each ? Object.values(each.content ?? {}) : []))
  return [
    ...Object.values(document.components.schemas),
    ...contents.map(({ schema }) => schema),
    ...operations.flatMap(({ parameters = [] }) => parameters.map(({ schema }) => schema)),
  ]
}

describe('the OpenAPI document', () => {
  it('is one of OpenAPI 3.1, of this version of Postern', () => {
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d$/),
      info: { title: 'Postern', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    })
    expect(Object.keys(document.paths).every((path) => path.startsWith('/'))).toBe(true)
  })

  it('has every route, each with a name of its own, words for it and a heading', () => {
    expect(operations.length).toBeGreaterThan(15)
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operationId, summary, description, tags } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/)
      expect(summary && description).toBeTruthy()
      expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...tags]))
    }
  })

  it.each(operations)(
    'declares what is in the path of $method $path, and nothing twice',
    ({ path, parameters = [] }) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath)
      expect(parameters.filter((each) => each.in === 'path').every(({ required }) => required)).toBe(true)
      expect(new Set(parameters.map((each) => `${each.in} ${each.name}`)).size).toBe(parameters.length)
    },
  )

  it.each(operations)('says how $method $path succeeds and how it asks for credentials', (operation) => {
    const statuses = Object.keys(operation.responses)
    expect(statuses.filter((status) => status.startsWith('2'))).toHaveLength(1)
    expect(statuses).toEqual(expect.arrayContaining(['401', '403']))
    for (const answer of Object.values(operation.responses)) expect('$ref' in answer || answer.description).toBeTruthy()
    expect(operation.security.length).toBeGreaterThan(0)
    for (const each of operation.security) {
      expect(Object.keys(document.components.securitySchemes)).toEqual(expect.arrayContaining(Object.keys(each)))
      if ('cookie' in each) expect('csrf' in each).toBe(operation.method !== 'get')
    }
  })

  it('has no reference that leads nowhere, and no schema that is none', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]
    expect(references).toHaveLength(JSON.stringify(document).split('"$ref"').length - 1)
    for (const [, kind, name] of references) {
      expect(Object.keys(kind === 'schemas' ? document.components.schemas : document.components.responses)).toContain(
        name,
      )
    }
    const ajv = new Ajv2020()
    for (const schema of schemas()) expect([ajv.validateSchema(schema), ajv.errorsText()]).toEqual([true, 'No errors'])
  })

  it('promises of every object that is sent that it has no other fields', () => {
    for (const schema of Object.values(document.components.schemas)) expect(schema.additionalProperties).toBe(false)
  })

  it('has every field that an audit event may have', () => {
    const key = 'A'.repeat(22) as TokenKey
    const event = exportEvent({
      at: 0,
      id: 'x',
      action: 'token.revoke',
      actor: { username: 'ada', address: '192.0.2.1', token: key, session: key, requestId: 'r', via: 'api' },
      object: { type: 'token', id: 'k', owner: 'ada' },
      before: { scopes: [] },
      after: { scopes: [] },
      reason: 'lost',
      details: { method: 'password' },
      code: 'permission_denied',
      request: { method: 'POST', path: '/auth', status: 403 },
    })
    const placed = { ...event, postern: { ...Object(event.postern), chain: { position: 1, hash: 'h' } } }
    const ajv = new Ajv2020({ strict: false })
    expect([ajv.validate(document.components.schemas.AuditEvent ?? false, placed), ajv.errorsText()]).toEqual([
      true,
      'No errors',
    ])
  })

  it('takes what the routes take: what has a default may be left out', () => {
    const body = document.paths['/auth/api/v1/users/{username}/tokens']?.post?.requestBody?.content['application/json']
    expect(body?.schema).toMatchObject({
      required: ['token_name'],
      properties: { token_name: { minLength: 1, maxLength: 64 }, scopes: { type: 'array' } },
    })
  })
})

describe('an answer that the document does not promise', () => {
  const contract = contractOf()
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const seen = (more: Partial<Seen>): Seen => ({
    method: 'GET',
    path: '/auth/api/v1/groups',
    status: 200,
    headers,
    text: '{"user":[{"name":"users","id":7}]}',
    ...more,
  })

  it('is told from one that it does', () => {
    expect(contract(seen({}))).toBeUndefined()
    expect(contract(seen({ path: '/auth/tokens', status: 418 }))).toBeUndefined()
  })

  it.each<[string, Partial<Seen>, string]>([
    ['another status', { status: 418 }, 'is not documented'],
    ['one field more', { text: '{"user":[],"extra":1}' }, 'must NOT have additional properties'],
    ['one field more deep inside', { text: '{"user":[{"name":"a","id":1,"x":1}]}' }, 'additional properties'],
    ['a field of another kind', { text: '{"user":[{"name":"a","id":"1"}]}' }, 'must be integer'],
    ['a page for JSON', { headers: { 'content-type': 'text/html' } }, 'should be application/json'],
    ['a path that there is not', { path: '/auth/api/v1/nowhere' }, 'is not documented'],
    ['a method that there is not', { method: 'DELETE' }, 'is not documented'],
    ['a challenge without its header', { status: 401, text: '{}' }, 'lacks WWW-Authenticate'],
  ])('is found: %s', (_what, more, complaint) => {
    expect(contract(seen(more))).toContain(complaint)
  })
})

describe('for everybody, with or without an account', () => {
  let postern: RunningPostern
  beforeAll(async () => {
    postern = await startPostern()
  })
  afterAll(() => postern.stop())

  it('the document is at /auth/openapi.json', async () => {
    const response = await supertest(postern.server).get('/auth/openapi.json')
    // supertest says that it takes gzip, and has undone it.
    expect(response.headers['content-encoding']).toBe('gzip')
    expect([response.status, response.type]).toEqual([200, 'application/json'])
    expect(response.body).toEqual(document)
  })

  it('and the same to read is at /auth/docs, with every route and every object', async () => {
    const { status, text } = await supertest(postern.server).get('/auth/docs')
    expect(status).toBe(200)
    const shown = read(text)
    for (const { method, path, operationId, summary } of operations) {
      expect(text).toContain(`<article class="api-entry" id="${operationId}"`)
      expect(text).toContain(`>${method.toUpperCase()}</span> <code class="address">${path}</code>`)
      expect(shown).toContain(summary)
    }
    for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`id="object-${name}"`)
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(` id="${target}"`)
    expect(text).toContain('<a class="inline-link" href="#object-TokenInfo">')
    expect(text).not.toMatch(/undefined|\[object /)
  })
})

describe('whatever else goes wrong', () => {
  let postern: RunningPostern
  let token: string
  beforeAll(async () => {
    postern = await startPostern()
    token = await postern.token('ada', { scopes: ['user:token'] })
  })
  afterAll(() => postern.stop())

  const json = { 'Content-Type': 'application/json' }
  it.each<[number, string, 'get' | 'post' | 'put', string, Record<string, string>, string | undefined]>([
    [400, 'a path that is no text', 'get', '/api/v1/users/%E0%A4%A/tokens', {}, undefined],
    [403, 'a credential of no known form', 'get', '/api/v1/users', { Authorization: 'Digest x' }, undefined],
    [404, 'a path that there is not', 'get', '/api/v1/nowhere', {}, undefined],
    [405, 'a method that there is not', 'put', '/api/v1/token-info', {}, undefined],
    [413, 'a body that is too large', 'post', '/api/v1/users/ada/tokens', json, `"${'x'.repeat(70_000)}"`],
    [422, 'a body that is no JSON', 'post', '/api/v1/users/ada/tokens', json, '{'],
    [200, 'no: a body where none is asked for is not read', 'get', '/api/v1/token-info', json, '{'],
    [200, 'no: groups that are asked about', 'get', '/gms?group=a&group=b', {}, undefined],
    [401, 'no credential', 'get', '/gms', { Authorization: '' }, undefined],
  ])('is answered as documented, %i for %s', async (status, _what, method, path, headers, body) => {
    const call = request(postern.server)[method](`/auth${path}`)
    const response = await call.set({ Authorization: `Bearer ${token}`, ...headers }).send(body)
    expect(response.status).toBe(status)
  })

  it('is answered as documented while a store is away, and by /auth/gms in JSON, too', async () => {
    const session = await postern.session('ada')
    await hangUp(postern.context.redis)
    for (const path of ['/api/v1/token-info', '/gms']) {
      const response = await request(postern.server).get(`/auth${path}`).set('Authorization', `Bearer ${session}`)
      expect([response.status, response.body.detail[0].type]).toEqual([503, 'store_unavailable'])
    }
  })
})
