import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { plainParameter } from '../../../server/core/programs/parameter.js'

const FILE = 'https://data.example.org/api/v0.1/Download/file'
const uri = (query: string) => plainParameter(`${FILE}${query}`, 'uri')

describe('a parameter that has one reading', () => {
  it.each([
    ['?uri=mast:GO-1/sec.fits', 'mast:GO-1/sec.fits'],
    ['?uri=mast%3AGO-1%2Fsec.fits', 'mast:GO-1/sec.fits'],
    ['?uri=mast:%47O-1/sec.fits', 'mast:GO-1/sec.fits'],
    ['?bundle_name=MAST_2025-10-28T1610.sh&uri=mast:GO-1/sec.fits', 'mast:GO-1/sec.fits'],
    ['?uri=mast:GO-1/sec.fits&', 'mast:GO-1/sec.fits'],
    ['?uri=mast:GO-1/sec..fits', 'mast:GO-1/sec..fits'],
    ['?note=two+words&note=%C3%A9&uri=1/x', '1/x'],
  ])('%s', (query, value) => {
    expect(uri(query)).toBe(value)
  })
})

describe('a query by which a client that may read program 1 would get at what is in 2', () => {
  it.each([
    ['none', ''],
    ['no value', '?uri'],
    ['an empty value', '?uri='],
    ['another parameter', '?url=1/x'],
    ['two of them', '?uri=1/x&uri=2/y'],
    ['two of them, alike', '?uri=1/x&uri=1/x'],
    ['one more without a value', '?uri=1/x&uri'],
    ['one more in capitals', '?uri=1/x&URI=2/y'],
    ['capitals alone', '?Uri=1/x'],
    ['one more with an encoded name', '?uri=1/x&%75ri=2/y'],
    ['one more with an encoded equals sign', '?uri=1/x&uri%3D2/y'],
    ['one more as an array', '?uri=1/x&uri[]=2/y'],
    ['one more as an element', '?uri=1/x&uri[0]=2/y'],
    ['one more after a space, for PHP', '?uri=1/x&+uri=2/y'],
    ['one more after an encoded space', '?uri=1/x&%20uri=2/y'],
    ['one more with a null byte in its name', '?uri=1/x&uri%00=2/y'],
    ['a semicolon', '?uri=1/x;uri=2/y'],
    ['a semicolon in another', '?a=b;uri=2/y&uri=1/x'],
    ['an encoded semicolon', '?a=b%3Buri=2/y&uri=1/x'],
    ['an encoded ampersand', '?a=b%26uri=2/y&uri=1/x'],
    ['an ampersand encoded twice', '?a=b%2526uri=2/y&uri=1/x'],
    ['a second question mark', '?uri=1/x?uri=2/y'],
    ['a second query', '?a=1&uri=1/x%3Furi=2/y'],
    ['a number sign', '?uri=2/y#&uri=1/x'],
    ['an encoded number sign', '?uri=2/y%23&uri=1/x'],
    ['dots', '?uri=1/../2/y'],
    ['dots at the beginning', '?uri=../2/y'],
    ['dots after a colon', '?uri=mast:../2/y'],
    ['dots at the end', '?uri=1/x/..'],
    ['encoded dots', '?uri=1/%2e%2e/2/y'],
    ['encoded dots and slashes', '?uri=1%2F%2E%2E%2F2%2Fy'],
    ['dots encoded twice', '?uri=1/%252e%252e/2/y'],
    ['one dot', '?uri=1/./x'],
    ['two slashes', '?uri=1//x'],
    ['backslashes', '?uri=1\\..\\2\\y'],
    ['encoded backslashes', '?uri=1%5C..%5C2%5Cy'],
    ['a space', '?uri=1/x%20'],
    ['a plus sign', '?uri=1/x+2/y'],
    ['an encoded plus sign', '?uri=1/x%2B'],
    ['a null byte', '?uri=2/y%00/1/x'],
    ['a line end', '?uri=2/y%0A1/x'],
    ['a slash that is two bytes long', '?uri=1%c0%af..%c0%af2/y'],
    ['another alphabet', '?uri=1/%C3%A9'],
    ['full-width letters', '?uri=1/x&%EF%BD%95%EF%BD%92%EF%BD%89=2/y'],
    ['raw bytes', '?uri=1/é'],
    ['a cut encoding', '?uri=1/x%2'],
    ['Unicode by %u', '?uri=1/%u002e%u002e/2/y'],
    ['quotation marks', '?uri="1/x"'],
    ['a comma in its name', '?uri=1/x&uri,=2/y'],
    ['more than any file needs', `?uri=1/${'x'.repeat(2000)}`],
  ])('has none: %s', (_what, query) => {
    expect(uri(query)).toBeUndefined()
  })

  it('has none where PHP reads another name as this one', () => {
    expect(plainParameter(`${FILE}?product_name=1/x&product.name=2/y`, 'product_name')).toBeUndefined()
    expect(plainParameter(`${FILE}?product_name=1/x`, 'product_name')).toBe('1/x')
  })

  it('has none, whatever it is made of: every reader of what is read finds the same file', () => {
    const pieces = [
      'uri',
      'URI',
      '=',
      '&',
      ';',
      '1/x',
      '2/y',
      '%26',
      '%3D',
      '%75',
      '[]',
      '+',
      '%2e',
      '..',
      '/',
      '?',
      '#',
      '%25',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 10 }), (given) => {
        const url = `${FILE}?uri=1/x&${given.join('')}`
        const value = uri(`?uri=1/x&${given.join('')}`)
        if (value === undefined) return
        expect(value).toBe('1/x')
        // Readers of several kinds: the last one, without regard to case, split at semicolons, decoded before it is split.
        const query = url.slice(url.indexOf('?') + 1)
        for (const text of [query, query.replaceAll(';', '&'), decodeURIComponent(query), query.toLowerCase()]) {
          expect(new URLSearchParams(text).getAll('uri')).toEqual(['1/x'])
        }
      }),
      { numRuns: process.env.NIGHTLY ? 5000 : 1000 },
    )
  })
})
