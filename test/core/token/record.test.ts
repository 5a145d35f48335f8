import { describe, expect, it } from '@jest/globals'
import { isDelegated } from '../../../server/core/token/record.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const PARENT = '5KVApqcVbSQWtO3VIRgOhQ' as TokenKey

describe('a token with which code acts for its user', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['session',  undefined, false],
    ['user',     undefined, false],
    ['service',  undefined, false],
    ['notebook', undefined, true],
    ['internal', undefined, true],
    ['oidc',     undefined, true],
    ['user',     PARENT,    true],
  ] as const)('is one of type %s with the parent %s: %s', (type, parent, expected) => {
    expect(isDelegated({ type, ...(parent && { parent }) })).toBe(expected)
  })
})
