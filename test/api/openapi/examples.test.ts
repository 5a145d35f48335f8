import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { answerOf, docsModel } from '../../../server/api/openapi/docs-model.js'
import { apiDocument } from '../../../server/api/openapi/document.js'
import { exampleCall } from '../../../server/api/openapi/examples/call.js'
import { examplesOf } from '../../../server/api/openapi/examples/languages.js'

const document = apiDocument()
const SITE = { url: 'https://data.example.org', username: 'ada' }
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, each]) => (each ? [{ path, method, each }] : [])),
)
const ajv = new Ajv2020({ strict: false }).addSchema({ $id: 'api', components: document.components })
const errorsOf = (schema: object, value: unknown) => {
  const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'))
  const validate = ajv.compile(local)
  return validate(value) ? [] : validate.errors
}

describe('the example of each route', () => {
  it.each(operations)('has a body that $method $path takes', ({ path, method, each }) => {
    const [schema] = Object.values(each.requestBody?.content ?? {}).map((content) => content.schema)
    const { body } = exampleCall({ path, method }, each, document, SITE)
    expect(body === undefined).toBe(schema === undefined)
    if (schema) expect(errorsOf(schema, body)).toEqual([])
  })

  it.each(operations)('has an answer that $method $path may give', ({ each }) => {
    const [success] = Object.entries(each.responses).filter(([status]) => status.startsWith('2'))
    const schema = success && 'content' in success[1] && success[1].content?.['application/json']?.schema
    const answer = answerOf(each, document)
    expect(answer === undefined).toBe(!schema)
    if (schema) expect(errorsOf(schema, answer)).toEqual([])
  })
})

describe('an example', () => {
  const call = {
    method: 'POST',
    address: ['https://x.example/a/', { variable: 'TOKEN_KEY' as const }],
    body: { name: "it's", public: false, none: null, list: [1] },
  }

  it('is written for a shell, with the token on the standard input', () => {
    expect(examplesOf(call)[0]?.code).toBe(
      [
        'curl --config - --fail-with-body \\',
        `  --json '{"name":"it'\\''s","public":false,"none":null,"list":[1]}' \\`,
        '  "https://x.example/a/$TOKEN_KEY" <<END',
        'oauth2-bearer = "$ACCESS_TOKEN"',
        'END',
      ].join('\n'),
    )
  })

  it('is written in Python, whose words for true, false and null are others', () => {
    expect(examplesOf(call)[1]?.code).toContain('json={"name": "it\'s", "public": False, "none": None, "list": [1]},')
  })
})

describe('the filter of the page', () => {
  const found = (filter: string) =>
    docsModel(document, SITE, filter).sections.flatMap(({ routes }) =>
      routes.map(({ method, path }) => `${method} ${path}`),
    )

  it('finds routes by all its words, in any order and in any letters', () => {
    expect(found('grants/{email} delete')).toEqual(['DELETE /auth/api/v1/programs/{id}/grants/{email}'])
    expect(found('admin:userinfo')).toContain('GET /auth/api/v1/users')
    expect(found('created_before')).toEqual(['DELETE /auth/api/v1/users/{username}/tokens'])
    expect(found('nothing of this')).toEqual([])
    expect(found('  ')).toHaveLength(operations.length)
  })
})
