import type { OpenApi, Operation, ResponseObject } from './document.js'
import { COMMON_RESPONSES } from './error-responses.js'
import { exampleCall, type Site } from './examples/call.js'
import { type Example, examplesOf } from './examples/languages.js'
import { sampleOf } from './examples/sample.js'
import type { JsonSchema } from './json-schema.js'

/** The OpenAPI document as the documentation page shows it. */
export interface DocsModel {
  readonly version: string
  readonly sections: readonly { readonly name: string; readonly routes: readonly DocsRoute[] }[]
  /** Refusals that any route may send. */
  readonly common: readonly DocsResponse[]
  /** The objects that are sent, by name. */
  readonly objects: readonly DocsObject[]
}

export interface DocsRoute {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly access: string
  readonly parameters: readonly DocsParameter[]
  readonly body: readonly DocsField[]
  /** Its own; see {@link DocsModel.common} for the others. */
  readonly responses: readonly DocsResponse[]
  readonly examples: readonly Example[]
  /** The body of a successful answer, as JSON; absent where it has none. */
  readonly answer?: string
}

export interface DocsField {
  readonly name: string
  readonly kind: string
  readonly required: boolean
  readonly description?: string
}

/** A parameter, and what a form that tries the route begins with. */
export interface DocsParameter extends DocsField {
  readonly value: string
}

export interface DocsResponse {
  readonly status: string
  readonly description: string
  /** The type of the body: `list of TokenInfo`. */
  readonly kind?: string
  readonly headers: readonly { readonly name: string; readonly description: string }[]
}

export interface DocsObject {
  readonly name: string
  readonly description?: string
  readonly fields: readonly DocsField[]
}

/**
 * Makes the documentation page of a document.
 *
 * @param filter words; the routes that have all of them are listed, and the objects whose names do
 */
export function docsModel(document: OpenApi, site: Site, filter = ''): DocsModel {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, each]) => (each ? [{ path, method, each }] : [])),
  )
  const sections = document.tags.map(({ name }) => ({
    name,
    routes: operations
      .filter(({ each }) => each.tags.includes(name))
      .map((operation) => docsRoute(operation, document, site))
      .filter((route) => has(textOf(name, route))),
  }))
  return {
    version: document.info.version,
    sections: sections.filter(({ routes }) => routes.length > 0),
    common: commonOf(document),
    objects: Object.entries(document.components.schemas)
      .map(([name, schema]) => ({ name, ...describe(schema), fields: fieldsOf(schema) }))
      .filter(({ name, fields }) => has([name, ...fields.map((each) => each.name)].join(' ')))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** The text in which a filter looks for its words. */
function textOf(section: string, { method, path, summary, access, parameters, body }: DocsRoute): string {
  return [section, method, path, summary, access, ...[...parameters, ...body].map(({ name }) => name)].join(' ')
}

interface PlacedOperation {
  readonly path: string
  readonly method: string
  readonly each: Operation
}

function docsRoute({ path, method, each }: PlacedOperation, document: OpenApi, site: Site): DocsRoute {
  const { operationId, summary, description, parameters = [], requestBody, responses } = each
  const [body] = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema)
  const answer = answerOf(each, document)
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary,
    access: description,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      kind: kindOf(parameter.schema),
      required: parameter.required,
      value: startOf(parameter, site),
      ...(parameter.description !== undefined && { description: parameter.description }),
    })),
    body: body ? fieldsOf(body) : [],
    responses: Object.entries(responses).flatMap(([status, response]) =>
      '$ref' in response ? [] : [docsResponse(status, response)],
    ),
    examples: examplesOf(exampleCall({ path, method }, each, document, site)),
    ...(answer !== undefined && { answer: JSON.stringify(answer, null, 2) }),
  }
}

function startOf({ name, required, schema }: NonNullable<Operation['parameters']>[number], site: Site): string {
  if (name === 'username' && required) return site.username
  return required && schema.const !== undefined ? String(schema.const) : ''
}

/** Makes an example of a successful answer. */
export function answerOf({ responses }: Operation, { components }: OpenApi) {
  const [response] = Object.entries(responses).flatMap(([status, each]) =>
    status.startsWith('2') && !('$ref' in each) ? [each] : [],
  )
  const schema = response?.content?.['application/json']?.schema
  return schema && sampleOf(schema, components.schemas, 'answer')
}

function commonOf({ components }: OpenApi): DocsResponse[] {
  return Object.entries(components.responses)
    .map(([name, each]) => docsResponse(String(COMMON_RESPONSES[name]?.status), each))
    .sort((a, b) => Number(a.status) - Number(b.status))
}

function docsResponse(status: string, { description, content = {}, headers = {} }: ResponseObject): DocsResponse {
  const [[type, { schema }] = [undefined, { schema: {} }]] = Object.entries(content)
  const kind = type === undefined ? undefined : type === 'application/json' ? kindOf(schema) : type
  return {
    status,
    description,
    ...(kind !== undefined && { kind }),
    headers: Object.entries(headers).map(([name, header]) => ({ name, description: header.description })),
  }
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): DocsField[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    kind: kindOf(schema),
    required: required.includes(name),
    ...describe(schema),
  }))
}

function describe(schema: JsonSchema): { description?: string } {
  const description = schema.description ?? schema.anyOf?.find((each) => each.description !== undefined)?.description
  return description === undefined ? {} : { description }
}

/** Describes a schema in a few words: `list of Group`, `integer or null`, `user | service`. */
export function kindOf(schema: JsonSchema): string {
  const { $ref, anyOf, type, items, properties, additionalProperties } = schema
  if ($ref !== undefined) return $ref.split('/').at(-1) ?? ''
  if (anyOf) return anyOf.map(kindOf).join(' or ')
  if (schema.enum) return schema.enum.join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (type === 'array') return `list of ${items ? kindOf(items) : 'anything'}`
  if (properties) return `object of ${Object.keys(properties).join(', ')}`
  if (typeof additionalProperties === 'object') return `object of ${kindOf(additionalProperties)} by name`
  if (type === undefined) return 'anything'
  return `${[type].flat().join(' or ')}${limits(schema)}`
}

function limits({ minLength, maxLength, minimum, maximum }: JsonSchema): string {
  if (minLength !== undefined && minLength === maxLength) return ` of ${minLength} characters`
  if (maxLength !== undefined) return ` of ${minLength ?? 0} to ${maxLength} characters`
  if (minLength !== undefined) return ` of ${minLength} or more characters`
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  return minimum === undefined ? '' : ` from ${minimum}`
}
