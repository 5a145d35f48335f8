import { readFileSync } from 'node:fs'

// The same file from server/api and from dist/api.
const PACKAGE = new URL('../../package.json', import.meta.url)

/** Returns Postern's version, such as `0.1.0`. */
export function version(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version
}

/** What a server says of itself at `/`, in the form of Gafaelfawr. */
export interface Metadata {
  readonly name: 'postern'
  readonly version: string
  readonly description: string
  readonly documentation_url: string
}

/** @param documentation where the documentation of the API is */
export function metadata(documentation: string): Metadata {
  return {
    name: 'postern',
    version: version(),
    description: 'Scoped access tokens for services behind a proxy, after Gafaelfawr',
    documentation_url: documentation,
  }
}
