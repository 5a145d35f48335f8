import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cleanTokenName, isTokenName } from '../../../server/core/people/token-name.js'

const FAMILY = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'
const SCOTLAND = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'

describe('a token name', () => {
  it.each([
    [
      'topcat',
      ['topcat\u200B', ' topcat', 'topcat ', '\u00A0topcat\u2800', 'top\u200Dcat', 'top\u00ADcat', 'to\u2060pcat'],
    ],
    ['my laptop', ['my  laptop', 'my\u00A0laptop', 'my\u2009laptop', 'my \u200B laptop']],
    ['café', ['cafe\u0301', 'cafe\u200B\u0301']],
    ['abcgnp.exe', ['abc\u202Egnp.exe', '\u2067abcgnp.exe\u2069', 'abc\u200Fgnp.exe']],
    ['a1', ['a\uFE001', 'a\uFE0F1', 'a1\u{E0031}']],
  ])('%j is the name of all that look the same', (name, alike) => {
    expect(new Set(alike.map(cleanTokenName))).toEqual(new Set([name]))
  })

  it.each([
    'שולחן עבודה',
    'نامه\u200Cای',
    'm²',
    'ﬁt',
    'TOPCAT',
    '__proto__',
    FAMILY,
    SCOTLAND,
    '❤\uFE0F',
    '1\uFE0F\u20E3',
    'τόπος 🔭',
  ])('stays as it is: %j', (name) => {
    expect(cleanTokenName(name)).toBe(name)
    expect(isTokenName(name)).toBe(true)
  })

  it('is the same when it is cleaned once more, and then shows all its characters but those of one picture', () => {
    const piece = fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      ' ',
      '\u200B',
      '\u200D',
      '\uFE0F',
      '\u202E',
      '\u2800',
      '🔭',
      '\u200C',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme' })), { maxLength: 20 }), (pieces) => {
        const name = cleanTokenName(pieces.join(''))
        if (!isTokenName(name)) return
        expect(cleanTokenName(name)).toBe(name)
        expect(name).not.toMatch(/\u200B|\u202E|\u2800|^\s|\s$|\s\s/)
      }),
    )
  })

  it.each([
    ['topcat laptop', true],
    ['🔭'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['   ', false],
    ['\u200B', false],
    ['\u2800', false],
    ['\uFEFF\u200D', false],
    ['\u3164', false],
    ['a\u0000b', false],
    ['a\nb', false],
    ['half \ud800', false],
    // An emoji of a Unicode that is newer than this Node.
    ['\u{1FBFF}', true],
  ])('%j fits: %s', (name, fits) => {
    expect(isTokenName(cleanTokenName(name))).toBe(fits)
  })
})
