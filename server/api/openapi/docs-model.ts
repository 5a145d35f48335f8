import type { AnswerObject, OpenApi, Operation } from './document.js'
import { COMMON } from './error-responses.js'
import type { JsonSchema } from './json-schema.js'

/** The document in words, for people; {@link read} makes it. */
export interface Reading {
  readonly version: string
  readonly sections: readonly { readonly name: string; readonly routes: readonly ReadRoute[] }[]
  /** What any route may refuse. */
  readonly common: readonly ReadAnswer[]
  /** The objects that are sent, by name. */
  readonly objects: readonly ReadObject[]
}

export interface ReadRoute {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly who: string
  readonly parameters: readonly ReadField[]
  readonly body: readonly ReadField[]
  /** Its own; see {@link Reading.common} for the others. */
  readonly answers: readonly ReadAnswer[]
}

export interface ReadField {
  readonly name: string
  readonly kind: string
  readonly required: boolean
  readonly says?: string
}

export interface ReadAnswer {
  readonly status: string
  readonly says: string
  /** What is sent: `list of TokenInfo`. */
  readonly kind?: string
  readonly headers: readonly { readonly name: string; readonly says: string }[]
}

export interface ReadObject {
  readonly name: string
  readonly says?: string
  readonly fields: readonly ReadField[]
}

export function read(document: OpenApi): Reading {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, each]) => (each ? [{ path, method, each }] : [])),
  )
  return {
    version: document.info.version,
    sections: document.tags.map(({ name }) => ({
      name,
      routes: operations
        .filter(({ each }) => each.tags.includes(name))
        .map(({ path, method, each }) => readRoute(path, method, each)),
    })),
    common: commonOf(document),
    objects: Object.entries(document.components.schemas)
      .map(([name, schema]) => ({ name, ...saysOf(schema), fields: fieldsOf(schema) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function readRoute(path: string, method: string, { operationId, ...operation }: Operation): ReadRoute {
  const [body] = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema)
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    who: operation.description,
    parameters: (operation.parameters ?? []).map(({ name, required, description, schema }) => ({
      name,
      kind: kindOf(schema),
      required,
      ...(description !== undefined && { says: description }),
    })),
    body: body ? fieldsOf(body) : [],
    answers: Object.entries(operation.responses).flatMap(([status, each]) =>
      '$ref' in each ? [] : [readAnswer(status, each)],
    ),
  }
}

function commonOf({ components }: OpenApi): ReadAnswer[] {
  return Object.entries(components.responses)
    .map(([name, each]) => readAnswer(String(COMMON[name]?.status), each))
    .sort((a, b) => Number(a.status) - Number(b.status))
}

function readAnswer(status: string, { description, content = {}, headers = {} }: AnswerObject): ReadAnswer {
  const [[type, { schema }] = [undefined, { schema: {} }]] = Object.entries(content)
  const kind = type === undefined ? undefined : type === 'application/json' ? kindOf(schema) : type
  return {
    status,
    says: description,
    ...(kind !== undefined && { kind }),
    headers: Object.entries(headers).map(([name, header]) => ({ name, says: header.description })),
  }
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): ReadField[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    kind: kindOf(schema),
    required: required.includes(name),
    ...saysOf(schema),
  }))
}

function saysOf({ description, anyOf }: JsonSchema): { says?: string } {
  const says = description ?? anyOf?.find((each) => each.description !== undefined)?.description
  return says === undefined ? {} : { says }
}

/** A schema in a few words: `list of Group`, `integer or null`, `user | service`. */
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
