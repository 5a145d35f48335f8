import { describe, expect, it } from '@jest/globals'
import { declarationOf, kindOf } from '../../../server/core/schema/declaration.js'

describe('the declaration of a migration', () => {
  it('is its first line', () => {
    expect(declarationOf('-- expand: Sheep have wool.\nALTER TABLE sheep ADD wool INTEGER;\n')).toEqual({
      summary: 'Sheep have wool.',
    })
    expect(declarationOf('-- contract after 20260102000000_wool: Sheep have no fleece.\n')).toEqual({
      needs: '20260102000000_wool',
      summary: 'Sheep have no fleece.',
    })
  })

  it.each([
    '',
    'ALTER TABLE sheep ADD wool INTEGER;\n-- expand: Sheep have wool.',
    '-- expand:',
    '-- Expand: Sheep have wool.',
    '-- contract: Sheep have no fleece.',
    '-- contract after wool: Sheep have no fleece.',
  ])('is not there in %p', (sql) => {
    expect(declarationOf(sql)).toBeUndefined()
  })

  it('makes a migration an expansion only where older versions can serve after it', () => {
    expect(kindOf({ summary: 'Sheep have wool.' })).toBe('expand')
    expect(kindOf({ summary: 'Sheep have no fleece.', needs: '20260102000000_wool' })).toBe('contract')
    expect(kindOf(undefined)).toBe('contract')
  })
})
