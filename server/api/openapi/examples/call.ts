import type { OpenApi, Operation } from '../document.js'
import { type Json, sampleOf } from './sample.js'

/** Whose documentation it is. */
export interface Site {
  /** Without a slash at its end. */
  readonly url: string
  /** In the paths of the examples. */
  readonly username: string
}

/** A part of an address: as it stands, or from a variable of the environment. */
export type Part = string | { readonly variable: 'TOKEN_KEY' | 'CLIENT_ID' }

/** A request that an example makes. */
export interface ExampleCall {
  readonly method: string
  readonly address: readonly Part[]
  readonly body?: Json
  /** One JSON value a line. */
  readonly lines?: true
  /** Only a page can make it, with the session of its user. */
  readonly ofPage?: true
}

/** Values of the path. A key or a client of one site is on no other: they come from the environment. */
function pathValue(name: string, { username }: Site): Part {
  if (name === 'username') return username
  if (name === 'key') return { variable: 'TOKEN_KEY' }
  if (name === 'client_id') return { variable: 'CLIENT_ID' }
  return encodeURIComponent(String(sampleOf({}, {}, 'request', name)))
}

/** Makes an example of calling a route. */
export function exampleCall(
  { path, method }: { readonly path: string; readonly method: string },
  operation: Operation,
  document: OpenApi,
  site: Site,
): ExampleCall {
  const query = (operation.parameters ?? [])
    .filter((each) => each.in === 'query' && each.required)
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(sampleOf(schema, {}, 'request', name)))}`)
  const address = path
    .split(/\{(\w+)\}/)
    .map((part, index): Part => (index % 2 === 1 ? pathValue(part, site) : part))
    .filter((part) => part !== '')
  const [body] = Object.entries(operation.requestBody?.content ?? {})
  return {
    method: method.toUpperCase(),
    address: joined([site.url, ...address, ...(query.length > 0 ? [`?${query.join('&')}`] : [])]),
    ...(body && { body: sampleOf(body[1].schema, document.components.schemas, 'request') }),
    ...(body && body[0] !== 'application/json' && { lines: true }),
    ...(operation.security.every((each) => 'cookie' in each) && { ofPage: true }),
  }
}

/** Joins texts that stand beside each other. */
function joined(parts: readonly Part[]): Part[] {
  const all: Part[] = []
  for (const part of parts) {
    const before = all.at(-1)
    if (typeof part === 'string' && typeof before === 'string') all[all.length - 1] = before + part
    else all.push(part)
  }
  return all
}
