import { expect, it } from '@jest/globals'
import { markOfIssuer } from '../../../server/core/people/provider-mark.js'

// biome-ignore format: a table reads in columns
it.each([
  ['https://cilogon.org',                             'federation'],
  ['https://test.cilogon.org',                        'federation'],
  ['https://gitlab.com',                              'gitlab'],
  ['https://gitlab.example.org',                      'gitlab'],
  ['https://accounts.google.com',                     'google'],
  ['https://login.microsoftonline.com/tenant/v2.0',   'microsoft'],
  ['https://sandbox.orcid.org',                       'orcid'],
  ['https://id.example.org/realms/lab',               'openid'],
  ['https://accounts.google.com.example.org',         'openid'],
  ['https://notcilogon.org',                          'openid'],
])('the provider at %s has the mark %s', (issuer, mark) => {
  expect(markOfIssuer(new URL(issuer))).toBe(mark)
})
