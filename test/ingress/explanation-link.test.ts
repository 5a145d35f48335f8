import { describe, expect, it } from '@jest/globals'
import { explanationUrl, helpLink } from '../../server/ingress/explanation-link.js'

const policy = { baseUrl: new URL('https://data.example.org'), allowSubdomains: false }
const PAGE = 'https://data.example.org/auth/explain'
const TOKEN = `gt-${'A'.repeat(22)}.${'b'.repeat(22)}`

describe('the page that explains a refusal', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['has the path that was refused',            'https://data.example.org/api/tap/sync',          `${PAGE}?url=%2Fapi%2Ftap%2Fsync`],
    ['has it as it was encoded',                 'https://data.example.org/a%20b/%C3%A9',          `${PAGE}?url=%2Fa%2520b%2F%25C3%25A9`],
    ['has no query, which may hold a token',     `https://data.example.org/tap?token=${TOKEN}`,    `${PAGE}?url=%2Ftap`],
    ['has no fragment',                          'https://data.example.org/tap#x',                 `${PAGE}?url=%2Ftap`],
    ['has no path with a token',                 `https://data.example.org/x/${TOKEN}/y`,          PAGE],
    ['has no path with an encoded token',        `https://data.example.org/x/${TOKEN.replace('.', '%2E')}/y`, PAGE],
    ['has no user name and password',            'https://ada:secret@data.example.org/tap',        PAGE],
    ['has no address of another site',           'https://evil.example/tap',                       PAGE],
    ['has no address that browsers read otherwise', 'https:\\\\evil.example/tap',                  PAGE],
    ['has no address of another scheme',         'javascript:alert(1)',                            PAGE],
    ['has no address that is too long to pass on', `https://data.example.org/${'a'.repeat(1000)}`, PAGE],
    ['has no address where none is known',       undefined,                                        PAGE],
  ])('%s', (_what, url, expected) => {
    expect(explanationUrl(policy, url).href).toBe(expected)
  })

  it('has the whole address of a host below the site', () => {
    const url = explanationUrl({ ...policy, allowSubdomains: true }, 'https://ada.data.example.org/lab?x=1')
    expect(url.searchParams.get('url')).toBe('https://ada.data.example.org/lab')
  })

  it('is below the path of the base URL', () => {
    const below = { ...policy, baseUrl: new URL('https://data.example.org/postern') }
    const { href } = explanationUrl(below, 'https://data.example.org/tap')
    expect(href).toBe('https://data.example.org/postern/auth/explain?url=%2Ftap')
  })

  it('is linked to in a header that no address leaves', () => {
    const link = helpLink(explanationUrl(policy, 'https://data.example.org/a>;"b'))
    expect(link).toMatch(/^<[^<>"; ]+>; rel="help"; title="[^"]+"$/)
  })
})
