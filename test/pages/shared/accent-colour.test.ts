import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { accentColours, accentStyles, contrast } from '../../../server/pages/shared/accent-colour.js'

const LIGHT = ['#ffffff', '#f4f5f7']
const DARK = ['#14171b', '#21262e']

describe("a site's accent colour", () => {
  it('is itself where it is a fill, under the black or the white that can be read on it', () => {
    expect(accentColours('#FC0').light).toMatchObject({ fill: '#ffcc00', on: '#000000' })
    expect(accentColours('#FC0').dark).toMatchObject({ fill: '#ffcc00', on: '#000000', text: '#ffcc00' })
    expect(accentColours('#003366').light).toEqual({ fill: '#003366', on: '#ffffff', text: '#003366' })
  })

  it('is moved until links in it can be read, on light and on dark pages, from any colour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
        const colour = `#${number.toString(16).padStart(6, '0')}`
        const { light, dark } = accentColours(colour)
        for (const surface of LIGHT) expect(contrast(light.text, surface)).toBeGreaterThanOrEqual(7)
        for (const surface of DARK) expect(contrast(dark.text, surface)).toBeGreaterThanOrEqual(7)
        for (const { fill, on } of [light, dark]) {
          expect(fill).toBe(colour)
          expect(contrast(on, fill)).toBeGreaterThanOrEqual(4.5)
        }
      }),
    )
  })

  it('is put in the stylesheet in place of ours, in both schemes; a pressed button moves away from its text', () => {
    const black = '--accent-fill:#ffcc00;--on-accent:#000000;--press:#ffffff'
    expect(accentStyles('#fc0').split(black)).toHaveLength(3)
    expect(accentStyles('#036')).toContain('--accent-fill:#003366;--on-accent:#ffffff;--press:#000000')
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

describe('the colours of the pages', () => {
  const styles = readFileSync('views/static/css/ground/tokens.css', 'utf8')
  const [light = '', dark = ''] = styles.split('@media screen and (prefers-color-scheme: dark)')
  const colour = (scheme: string, name: string) => new RegExp(` --${name}: (#[0-9a-f]{6});`).exec(scheme)?.[1] ?? ''
  const SURFACES = ['page', 'surface']

  it.each([
    ['light', light],
    ['dark', dark],
  ])('have the contrast of AAA as text, in the %s scheme', (_name, scheme) => {
    const on = (text: string, surfaces: string[]) =>
      surfaces.map((surface) => [text, surface, contrast(colour(scheme, text), colour(scheme, surface))])
    const pairs = [
      ...['ink', 'muted', 'accent', 'warn'].flatMap((text) => on(text, SURFACES)),
      ...['ink', 'muted', 'danger'].flatMap((text) => on(text, [...SURFACES, 'danger-surface'])),
      ...['ink', 'muted', 'good'].flatMap((text) => on(text, [...SURFACES, 'good-surface'])),
      ...on('on-accent', ['accent-fill']),
      ['white', 'danger-fill', contrast('#ffffff', colour(scheme, 'danger-fill'))],
    ]
    expect(pairs.filter(([, , ratio]) => Number(ratio) < 7)).toEqual([])
  })

  it.each([
    ['light', light],
    ['dark', dark],
  ])('are those of the icons, in the %s scheme', (name, scheme) => {
    const own = accentColours(undefined)[name === 'light' ? 'light' : 'dark']
    const names = { fill: 'accent-fill', on: 'on-accent', text: 'accent' }
    expect(own).toEqual(Object.fromEntries(Object.entries(names).map(([key, each]) => [key, colour(scheme, each)])))
  })
})
