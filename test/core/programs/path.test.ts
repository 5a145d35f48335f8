import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { plainPath } from '../../../server/core/programs/path.js'

const HOST = 'https://data.example.org'

describe('a path that has one reading', () => {
  it.each([
    ['/data/1234/a.fits', '/data/1234/a.fits'],
    ['/data/1234/a.fits?uri=/data/9/../x;y', '/data/1234/a.fits'],
    ['/', '/'],
    ['/data/%31234/%61.fits', '/data/1234/a.fits'],
    ['/data/1234/two%20words.fits', '/data/1234/two words.fits'],
    ['/data/1234/%C3%A9toile.fits', '/data/1234/étoile.fits'],
    ["/data/1234/a_b-c~d!$&'()*+,=:@.fits", "/data/1234/a_b-c~d!$&'()*+,=:@.fits"],
    ['/data/1234/..fits/...', '/data/1234/..fits/...'],
  ])('%s', (spelt, read) => {
    expect(plainPath(`${HOST}${spelt}`)).toBe(read)
  })
})

describe('a path by which somebody who may read program 1 would get at what is in 2', () => {
  it.each([
    ['dots', '/data/1/../2/x'],
    ['one dot', '/data/1/./2/x'],
    ['dots at the end', '/data/1/x/..'],
    ['encoded dots', '/data/1/%2e%2e/2/x'],
    ['one encoded dot', '/data/1/.%2E/2/x'],
    ['dots encoded twice', '/data/1/%252e%252e/2/x'],
    ['an encoded slash', '/data/1%2f..%2f2/x'],
    ['an encoded slash alone', '/data/1%2F2/x'],
    ['slashes encoded twice', '/data/1%252f..%252f2/x'],
    ['two slashes', '/data//1/2/x'],
    ['two slashes at the beginning', '//data/1/x'],
    ['a parameter', '/data/1;v=2/x'],
    ['dots with a parameter, for Java', '/data/1/..;/2/x'],
    ['an encoded parameter', '/data/1/..%3b/2/x'],
    ['backslashes', '/data/1\\..\\2/x'],
    ['encoded backslashes', '/data/1%5c..%5c2/x'],
    ['a null byte', '/data/2%00/1/x'],
    ['a line end', '/data/2/x%0a/data/1/x'],
    ['a delete character', '/data/1%7f/x'],
    ['an encoded question mark', '/data/1%3f/x'],
    ['an encoded number sign', '/data/1%23/x'],
    ['a number sign', '/data/2/x#/data/1/x'],
    ['a slash that is two bytes long', '/data/1%c0%af..%c0%af2/x'],
    ['dots that are two bytes long', '/data/1/%c0%ae%c0%ae/2/x'],
    ['a cut encoding', '/data/1/%2'],
    ['no encoding', '/data/1/%zz/x'],
    ['Unicode by %u', '/data/1%u002f..%u002f2/x'],
    ['a raw space', '/data/1 /x'],
    ['a tab', '/data/1/.\t./2/x'],
    ['raw bytes', '/data/1/é'],
    ['raw bytes at the beginning', '/é/data/1/x'],
    ['no path', ''],
    ['a host with a user', '@evil.example'],
    ['more than anybody needs', `/data/1/${'x'.repeat(2000)}`],
  ])('is none: %s', (_what, spelt) => {
    expect(plainPath(`${HOST}${spelt}`)).toBeUndefined()
  })

  it.each([
    ['a path without its site', '/data/1/x'],
    ['a path that holds a URL', `/data/2/${HOST}/data/1/x`],
  ])('is none: %s', (_what, url) => {
    expect(plainPath(url)).toBeUndefined()
  })

  it('is read up to 2000 characters and not further', () => {
    const longest = `/${'x'.repeat(1999)}`
    expect(plainPath(`${HOST}${longest}`)).toBe(longest)
    expect(plainPath(`${HOST}${longest}x`)).toBeUndefined()
  })

  it('is none whatever it is made of: what is read has no second reading', () => {
    const piece = fc.constantFrom(
      '/',
      '..',
      '.',
      '%2e',
      '%2f',
      '%5C',
      '\\',
      ';',
      '%25',
      '1',
      '2',
      'data',
      '%00',
      '%c0%af',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const read = plainPath(`${HOST}/${pieces.join('')}`)
        if (read === undefined) return
        // What browsers, proxies and services do to a path leaves it as it is.
        expect(decodeURIComponent(read)).toBe(read)
        expect(decodeURIComponent(new URL(`${HOST}${read}`).pathname)).toBe(read)
        expect(read).not.toMatch(/\/\/|;|\\/)
      }),
      { numRuns: process.env.NIGHTLY ? 5000 : 1000 },
    )
  })
})
