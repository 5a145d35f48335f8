import type { OpenApi, Operation, ResponseObject } from './document.js'
import { COMMON_RESPONSES } from './error-responses.js'
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
  readonly parameters: readonly DocsField[]
  readonly body: readonly DocsField[]
  /** Its own; see {@link DocsModel.common} for the others. */
  readonly responses: readonly DocsResponse[]
}

export interface DocsField {
  readonly name: string
  readonly kind: string
  readonly required: boolean
  readonly description?: string
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

export function docsModel(document: OpenApi): DocsModel {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, each]) => (each ? [{ path, method, each }] : [])),
  )
  return {
    version: document.info.version,
    sections: document.tags.map(({ name }) => ({
      name,
      routes: operations
        .filter(({ each }) => each.tags.includes(name))
        .map(({ path, method, each }) => docsRoute(path, method, each)),
    })),
    common: commonOf(document),
    objects: Object.entries(document.components.schemas)
      .map(([name, schema]) => ({ name, ...describe(schema), fields: fieldsOf(schema) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function docsRoute(path: string, method: string, { operationId, ...operation }: Operation): DocsRoute {
  const [body] = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema)
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    access: operation.description,
    parameters: (operation.parameters ?? []).map(({ name, required, description, schema }) => ({
      name,
      kind: kindOf(schema),
      required,
      ...(description !== undefined && { description }),
    })),
    body: body ? fieldsOf(body) : [],
    responses: Object.entries(operation.responses).flatMap(([status, each]) =>
      '$ref' in each ? [] : [docsResponse(status, each)],
    ),
  }
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
