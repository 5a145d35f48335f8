import { describe, expect, it } from '@jest/globals'
import { settingsSchema } from '../../server/settings/schema.js'

const SCOPES = {
  'admin:token': 'x',
  'admin:userinfo': 'x',
  'user:token': 'x',
  'mast:exclusive_access': 'Read data before they are public',
}
const read = (programs: object, knownScopes: object = SCOPES) =>
  settingsSchema.safeParse({ knownScopes, groupMapping: {}, programs })
const wrong = (programs: object) =>
  read(programs).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('the setting of programs', () => {
  const scope = 'mast:exclusive_access'

  it.each([
    ['/data/(?<program>[^/]+)/.*', '/data/1234/a/b.fits', '1234'],
    ['/data/(?<program>[^/]+)/.*', '/data/1234', undefined],
    ['/data/(?<program>[^/]+)/.*', '/x/data/1234/a', undefined],
    ['/data/jw(?<program>\\d{5})\\d+_.*', '/data/jw01234001001_02101_nrca1_cal.fits', '01234'],
    ['/data/((?<program>\\d+)|public)/.*', '/data/public/a', undefined],
  ])('%s finds in %s %j', (pattern, path, program) => {
    expect(read({ scope, pattern }).data?.programs?.pattern?.(path)).toBe(program)
  })

  it.each([
    [
      { scope, pattern: '/data/[^/]+/.*' },
      ['programs.pattern: must have a group (?<program>…), such as /data/(?<program>[^/]+)/.*'],
    ],
    [{ scope, pattern: '/(?<program>' }, [expect.stringContaining('in the syntax of RE2')]],
    [{ scope, pattern: '/(?<program>a)(?=b)' }, [expect.stringContaining('in the syntax of RE2')]],
    [
      { scope, parameters: { uri: 'mast:.*' } },
      ['programs.parameters.uri: must have a group (?<program>…), such as mast:(?<program>[^/]+)/.*'],
    ],
    [{ scope, parameters: { 'u&i': '(?<program>.*)' } }, [expect.stringContaining('programs.parameters')]],
    [{}, ['programs.scope: exclusive_access is not in knownScopes']],
    [{ scope: 'read:it' }, ['programs.scope: read:it is not in knownScopes']],
  ])('%j is an error that says what is wrong', (programs, expected) => {
    expect(wrong(programs)).toEqual(expected)
  })

  it('finds a program in a parameter, by the name of the parameter', () => {
    const parameters = { uri: 'mast:(?<program>[^/]+)/.*', product_name: 'jw(?<program>\\d{5}).*' }
    const found = read({ scope, parameters }).data?.programs?.parameters
    expect(found?.get('uri')?.('mast:GO-1/a.fits')).toBe('GO-1')
    expect(found?.get('product_name')?.('jw01234001001.fits')).toBe('01234')
    expect(found?.get('product_name')?.('mast:GO-1/a.fits')).toBeUndefined()
    expect(read({ scope }).data?.programs?.parameters.size).toBe(0)
  })

  it('takes a path that was made to keep it busy in its stride', () => {
    const { data } = read({ scope, pattern: '/(?<program>(a+)+)/x' })
    expect(data?.programs?.pattern?.(`/${'a'.repeat(1900)}!`)).toBeUndefined()
  })
})
