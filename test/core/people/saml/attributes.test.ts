import { describe, expect, it } from '@jest/globals'
import { attributeValues } from '../../../../server/core/people/saml/attributes.js'

const MAIL = 'urn:oid:0.9.2342.19200300.100.1.3'

describe('the values of an attribute', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['have its own name',                              'mail',        [{ name: 'mail', values: ['a'] }],                                ['a']],
    ['have its formal name',                           'mail',        [{ name: MAIL, values: ['a'] }],                                  ['a']],
    ['are asked for by the formal name',               MAIL,          [{ name: MAIL, values: ['a'] }],                                  ['a']],
    ['have its friendly name',                         'badge',       [{ name: 'urn:x', friendlyName: 'badge', values: ['a'] }],        ['a']],
    ['are not those that only call themselves so',     'mail',        [{ name: 'urn:x', friendlyName: 'mail', values: ['evil'] }, { name: MAIL, values: ['a'] }], ['a']],
    ['come from all of that name, each once',          'mail',        [{ name: MAIL, values: ['a', 'b'] }, { name: 'mail', values: ['b', 'c'] }], ['a', 'b', 'c']],
    ['are none of another attribute',                  'mail',        [{ name: 'uid', values: ['a'] }],                                 []],
    ['are none of what every object has',              'constructor', [{ name: 'uid', values: ['a'] }],                                 []],
  ])('%s', (_what, wanted, attributes, expected) => {
    expect(attributeValues(attributes, wanted)).toEqual(expected)
  })
})
