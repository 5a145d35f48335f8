import { readFileSync } from 'node:fs'

// The same file from server/api and from dist/api.
const PACKAGE = new URL('../../package.json', import.meta.url)

/** Postern's version, such as `0.1.0`. */
export function version(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version
}
