import { describe, expect, it } from '@jest/globals'
import { NoUsername, transformUsername } from '../../../server/core/people/transform-username.js'

const cut = (name: string) => /^([^@]+)@(?:lab|obs)\.org$/.exec(name)?.[1]

// biome-ignore format: a table reads in columns
describe('a user name', () => {
  it.each([
    ['Ada',             {},                                                                       'Ada'],
    ['Ada',             { usernameTransform: { lowerCase: true } },                               'ada'],
    ['\u212Aelvin',       { usernameTransform: { lowerCase: true } },                               '\u212Aelvin'],
    ['Ada@Lab.org',     { usernameTransform: { lowerCase: true, pattern: cut } },                 'ada'],
    ['ada@obs.org',     { usernameTransform: { lowerCase: false, pattern: cut } },                'ada'],
    ['Ada@EXAMPLE.org', { usernameDomain: 'example.org' },                                        'Ada'],
    ['Ada@EXAMPLE.org', { usernameDomain: 'example.org', usernameTransform: { lowerCase: true } },'ada'],
  ])('is made of %s by %j', (given, rule, username) => {
    expect(transformUsername(given, rule)).toBe(username)
  })

  it.each([
    ['ada@elsewhere.org', { usernameDomain: 'example.org' },                             /end in @example\.org/],
    ['ada@\u212Aelvin.org', { usernameDomain: 'kelvin.org' },                             /end in @kelvin\.org/],
    ['ada@elsewhere.org', { usernameTransform: { lowerCase: true, pattern: cut } },      /does not match/],
    ['Ada@Lab.org',       { usernameTransform: { lowerCase: false, pattern: cut } },     /does not match/],
  ])('is not made of %s by %j', (given, rule, cause) => {
    const outcome = transformUsername(given, rule)
    expect(outcome).toBeInstanceOf(NoUsername)
    expect(outcome).toMatchObject({ cause: expect.stringMatching(cause) })
  })
})
