import { basePath } from '../../core/site/base-path.js'
import { describeAccess } from '../access-rules.js'
import type { Access } from '../authorize-caller.js'
import { NDJSON } from '../ndjson.js'
import type { Described } from '../route.js'
import { gmsRoute } from '../routes/gms.js'
import { API_ROUTES } from '../routes/index.js'
import type { ResponseDescription } from '../schemas/responses.js'
import { version } from '../version.js'
import { COMMON_RESPONSES } from './error-responses.js'
import { type JsonSchema, SchemaBook } from './json-schema.js'

/** An OpenAPI 3.1 document, with the parts that ours uses. */
export interface OpenApi {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, ResponseObject>>
    readonly securitySchemes: typeof SECURITY_SCHEMES
  }
}

/** Operations by method, in lower case. */
export type PathItem = Readonly<Partial<Record<string, Operation>>>

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  /** The callers that it admits. */
  readonly description: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, { description: string; required: boolean; schema: JsonSchema }>>
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

/** Routes under one heading, with what stands before their paths. */
export interface Section {
  readonly name: string
  readonly base: string
  readonly routes: readonly Described[]
}

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer, and a token.' },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-postern',
    description: 'The session of a browser; `postern` on sites that share it with hosts below, or have no TLS.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'X-CSRF-Token',
    description: 'With the cookie, for every change: the CSRF token from GET /auth/api/v1/login.',
  },
} as const

/** For routes that are a guarded act; of some, only with certain tokens or for other users. */
const RECENT = ' A session may be asked to sign in again (`insufficient_user_authentication`); other tokens are not.'

/** Makes the document of these routes from the schemas that validate their requests. */
export function openApi(sections: readonly Section[], version: string): OpenApi {
  const book = new SchemaBook()
  const paths: Record<string, Record<string, Operation>> = {}
  for (const section of sections) {
    for (const route of section.routes) {
      const path = `${section.base}${route.path.replace(/:(\w+)/g, '{$1}')}`
      paths[path] = { ...paths[path], [route.method]: operation(book, section.name, route) }
    }
  }
  const responses = Object.fromEntries(
    Object.entries(COMMON_RESPONSES).map(([name, each]) => [name, responseObject(book, each)]),
  )
  return {
    openapi: '3.1.1',
    info: { title: 'Postern', version, description: 'Scoped access tokens: list, create, edit and revoke them.' },
    servers: [{ url: '/' }],
    tags: sections.map(({ name }) => ({ name })),
    paths,
    components: { schemas: book.components, responses, securitySchemes: SECURITY_SCHEMES },
  }
}

function operation(book: SchemaBook, tag: string, route: Described): Operation {
  const parameters = [...parametersOf(book, 'path', route.params), ...parametersOf(book, 'query', route.query)]
  const own = Object.entries(route.responses).map(([status, each]) => [status, responseObject(book, each)])
  const common = Object.entries(COMMON_RESPONSES)
    .filter(([, { of }]) => of?.(route))
    .map(([name, { status }]) => [String(status), { $ref: `#/components/responses/${name}` }])
  return {
    operationId: operationId(route),
    tags: [tag],
    summary: route.summary,
    description: `${describeAccess(route.access)}.${route.act === undefined ? '' : RECENT}`,
    security: security(route),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: book.taken(route.body) } } },
    }),
    ...(route.lines && {
      requestBody: { required: true, content: { [NDJSON]: { schema: book.taken(route.lines) } } },
    }),
    responses: Object.fromEntries([...common, ...own]),
  }
}

/** `get /users/:username/tokens` → `getUsersByUsernameTokens` */
function operationId({ method, path }: Described): string {
  const words = path.replaceAll(':', 'by-').split(/[/_-]/).filter(Boolean)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function security({ method, access }: Described): Operation['security'] {
  const { scope, cookieOnly }: Access = access
  const roles = scope === undefined ? [] : [scope]
  const cookie = { cookie: roles, ...(method !== 'get' && { csrf: [] }) }
  return cookieOnly ? [cookie] : [{ bearer: roles }, cookie]
}

function parametersOf(book: SchemaBook, place: 'path' | 'query', schema: Described['params']): Parameter[] {
  const { properties = {}, required = [] } = schema ? book.taken(schema) : {}
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

function responseObject(
  book: SchemaBook,
  { description, body, type, line, headers = {} }: ResponseDescription,
): ResponseObject {
  const named = Object.entries(headers).map(([name, header]) => [
    name,
    { description: header.description, required: !header.optional, schema: { type: 'string' } },
  ])
  return {
    description,
    ...(named.length > 0 && { headers: Object.fromEntries(named) }),
    ...(type && { content: { [type]: { schema: { type: 'string' } } } }),
    ...(body && {
      content: {
        'application/json': { schema: book.sent(body) },
        ...(line && { [NDJSON]: { schema: book.sent(line) } }),
      },
    }),
  }
}

export const API = '/auth/api/v1'

let made: OpenApi | undefined

/**
 * Returns the OpenAPI document of all that Postern serves to clients. Makes it for its first reader: no start waits for it.
 *
 * @param baseUrl below whose path its paths are
 */
export function apiDocument(baseUrl?: URL): OpenApi {
  const sections = Object.entries(API_ROUTES).map(([name, routes]) => ({ name, base: API, routes }))
  made ??= openApi([...sections, { name: 'Group membership', base: '/auth', routes: [gmsRoute] }], version())
  return baseUrl ? { ...made, servers: [{ url: basePath(baseUrl) || '/' }] } : made
}
