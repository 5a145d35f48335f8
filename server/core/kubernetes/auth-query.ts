import type { QueryParameter } from './route.js'

/** What is written as it is: `quote_plus` of Python, with `:` and `/` unescaped, as in Gafaelfawr's annotations. */
const AS_IT_IS = /%(?:3A|2F)/g
const ESCAPED_BESIDES = /[!'()*]/g

/** A requirement as the query string of an auth URL. */
export function authQuery(parameters: readonly QueryParameter[]): string {
  return parameters.map(([name, value]) => `${name}=${quote(value)}`).join('&')
}

/** A requirement as one segment of a path, which ends at a slash. */
export function authSegment(parameters: readonly QueryParameter[]): string {
  return authQuery(parameters).replaceAll('/', '%2F')
}

function quote(value: string): string {
  return encodeURIComponent(value)
    .replace(ESCAPED_BESIDES, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(AS_IT_IS, decodeURIComponent)
    .replaceAll('%20', '+')
}
