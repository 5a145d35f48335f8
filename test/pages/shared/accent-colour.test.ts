import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { accentStyles, contrast } from '../../../server/pages/shared/accent-colour.js'

const accents = (colour: string) => [...accentStyles(colour).matchAll(/--accent:(#[0-9a-f]{6})/g)].map(([, hex]) => hex)

describe("a site's accent colour", () => {
  it('is used unchanged where it can be read', () => {
    expect(accents('#1f5f8b')[0]).toBe('#1f5f8b')
    expect(accents('#FC0')[1]).toBe('#ffcc00')
  })

  it('is moved until links in it can be read, on light and on dark pages, from any colour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (colour) => {
        const [light = '', dark = ''] = accents(`#${colour.toString(16).padStart(6, '0')}`)
        for (const surface of ['#ffffff', '#f4f5f7']) expect(contrast(light, surface)).toBeGreaterThanOrEqual(4.5)
        for (const surface of ['#14171b', '#21262e', '#10141a']) {
          expect(contrast(dark, surface)).toBeGreaterThanOrEqual(4.5)
        }
      }),
    )
  })

  it.each(['', 'red', '#12345', '#1234567', '#fff;}body{display:none}'])('is refused as "%s"', (colour) => {
    expect(() => accentStyles(colour)).toThrow(`The accent colour "${colour}" is not of the form #rrggbb`)
  })
})

describe('contrast', () => {
  it('is what WCAG says it is', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21)
    expect(contrast('#ffffff', '#ffffff')).toBe(1)
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
  })
})
