import fc from 'fast-check'
import { DAY } from '../../../server/core/time.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import type { Listed } from '../../../server/core/token-list/listed.js'

export const NOW = 1_800_000_000

/** A token by what a test says of it. */
export function listed(facts: Partial<Listed> = {}): Listed {
  return { key: 'A'.repeat(22) as TokenKey, scopes: [], created: NOW - DAY, ...facts }
}

const before = fc.integer({ min: NOW - 400 * DAY, max: NOW })
const scope = fc.constantFrom('read:tap', 'read:image', 'write:files').map((each) => each as Scope)
const key = fc.stringMatching(/^[A-Za-z0-9_-]{21}A$/).map((each) => each as TokenKey)

export const anyToken: fc.Arbitrary<Listed> = fc
  .record(
    {
      key,
      created: before,
      scopes: fc.uniqueArray(scope),
      name: fc.constantFrom('topcat', 'TOPCAT 2', 'pyvo', 'nightly pipeline'),
      expires: fc.integer({ min: NOW - DAY, max: NOW + 400 * DAY }),
      idleEnds: fc.integer({ min: NOW - DAY, max: NOW + 30 * DAY }),
      usedBelow: before,
      lastUsed: fc.record({ at: before }),
    },
    { requiredKeys: ['key', 'created', 'scopes'] },
  )
  .map((token) => token as Listed)

export const anyTokens = fc.uniqueArray(anyToken, { selector: (token) => token.key, maxLength: 40 })
