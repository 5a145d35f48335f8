import { describe, expect, it } from '@jest/globals'
import { findUnstorable, isStorable } from '../../server/core/storable-text.js'

describe('a text', () => {
  it.each(['', 'Ada', 'é', '🔭', '\u0001'])('%j is storable', (text) => expect(isStorable(text)).toBe(true))
  it.each(['\0', 'a\0b', '\ud83d', '\udd2d🔭'])('%j is not', (text) => expect(isStorable(text)).toBe(false))

  it('is found wherever it is, names of members included', () => {
    expect(findUnstorable({ a: ['b', { c: 'd\0' }] })).toEqual(['a', 1, 'c'])
    expect(findUnstorable({ 'a\0': 1 })).toEqual(['a\0'])
    expect(findUnstorable({ a: ['b', 1, null, undefined, true], c: {} })).toBeUndefined()
  })
})
