import { describe, expect, it } from '@jest/globals'
import { compileRequirement } from '../../server/core/requirement.js'

const compile = (query: string) => compileRequirement(new URLSearchParams(query))

describe('the query of an auth URL', () => {
  it.each([
    ['', { scopes: [], satisfy: 'all', authType: 'bearer' }],
    ['scope=read:tap', { scopes: ['read:tap'], satisfy: 'all', authType: 'bearer' }],
    [
      'scope=read:tap&scope=read:image&scope=read:tap&satisfy=any',
      { scopes: ['read:image', 'read:tap'], satisfy: 'any', authType: 'bearer' },
    ],
    ['auth_type=both&service=tap', { scopes: [], satisfy: 'all', authType: 'both', service: 'tap' }],
    ['scope=read:tap,read:image', { scopes: ['read:tap,read:image'], satisfy: 'all', authType: 'bearer' }],
    ['user=ada&delegate_scopes=x', { scopes: [], satisfy: 'all', authType: 'bearer' }],
    ['satisfy=any&satisfy=all', { scopes: [], satisfy: 'all', authType: 'bearer' }],
  ])('%j is compiled', (query, expected) => {
    expect(compile(query)).toEqual(expected)
  })

  it.each([
    ['satisfy=some', 'satisfy', "Input should be 'all' or 'any'"],
    ['satisfy=ALL', 'satisfy', "Input should be 'all' or 'any'"],
    ['satisfy=', 'satisfy', "Input should be 'all' or 'any'"],
    ['auth_type=digest', 'auth_type', "Input should be 'bearer', 'basic' or 'both'"],
  ])('%j is refused and named', (query, parameter, msg) => {
    expect(compile(query)).toEqual([{ type: 'enum', loc: ['query', parameter], msg, input: expect.any(String) }])
  })
})
