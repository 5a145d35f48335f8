import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { canParseUrl } from '../../server/core/can-parse-url.js'

/** Node optimizes a function that is called so often. */
const OFTEN = 50_000

it.each(['https://data.exam\u00ADple.org/', 'https://m\u00FCnchen.example/'])(
  'a URL of Latin-1 is one, however often it is asked: %j',
  (text) => {
    const answers = new Set(Array.from({ length: OFTEN }, () => canParseUrl(text)))
    expect([...answers]).toEqual([true])
  },
)

it.each(['', 'no address', 'https://', 'https://exa mple.org/', '/path'])('%j is no URL without a base', (text) => {
  expect(canParseUrl(text)).toBe(false)
})

it('a path is a URL by its base', () => {
  expect(canParseUrl('/path', 'https://data.example.org')).toBe(true)
})

it('the server asks by no other function', () => {
  const files = readdirSync('server', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const strays = files.filter((file) => /\bURL\.canParse\(/.test(readFileSync(`server/${file}`, 'utf8')))
  expect(strays).toEqual([])
})
