import { expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { problemsOf } from './support/given.js'

it('A VO login is off where it is not given, and its token lasts a working day', () => {
  expect(loadSettings({}).voLogin).toEqual({ cookie: false, bearer: false, lifetime: 8 * 3600 })
})

it('A VO login names a discovery document only with ivoa_bearer, of whose challenge it is a part', () => {
  const discoveryUrl = 'https://data.example.org/.well-known/openid-configuration'
  expect(problemsOf({ POSTERN_VO_LOGIN: `{cookie: true, discoveryUrl: "${discoveryUrl}"}` })).toEqual([
    expect.stringContaining('discoveryUrl: is part of the challenge ivoa_bearer: set bearer, too'),
  ])
  const given = loadSettings({ POSTERN_VO_LOGIN: `{bearer: true, discoveryUrl: "${discoveryUrl}"}` }).voLogin
  expect(given.discoveryUrl?.href).toBe(discoveryUrl)
})

it('The token of a VO login lasts longer than a check may ask for', () => {
  expect(problemsOf({ POSTERN_VO_LOGIN: '{cookie: true, lifetime: 5m}' })).toEqual([
    expect.stringContaining('must be at least 10 minutes, such as 8h'),
  ])
})
