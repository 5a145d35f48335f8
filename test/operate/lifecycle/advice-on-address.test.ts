import { describe, expect, it } from '@jest/globals'
import { adviceOnAddress } from '../../../server/operate/lifecycle/advice-on-address.js'
import { loadSettings } from '../../../server/settings/load.js'

const adviceWith = (environment: Record<string, string>) => adviceOnAddress(loadSettings(environment))
const ADVICE =
  'Only a browser of this machine can sign in at http://localhost:8080. Set POSTERN_BASE_URL to the address that users type, such as https://data.example.org'

describe('a site whose base URL is of its own machine', () => {
  it.each([
    ['stores of its own', { DATABASE_URL: 'postgresql://postern@db.example.org/postern' }],
    ['a listener for other machines', { POSTERN_HOST: '0.0.0.0' }],
    ['a listener for a proxy', { POSTERN_INTERNAL_LISTEN: 'unix:/run/postern/checks.sock' }],
    ['an identity provider', { POSTERN_GITHUB: '{ clientId: id, clientSecret: secret }' }],
  ])('is told to set it, with %s', (_what, environment) => {
    expect(adviceWith(environment)).toBe(ADVICE)
    expect(adviceWith({ ...environment, POSTERN_BASE_URL: 'https://data.example.org' })).toBeUndefined()
  })

  it('is told nothing when it is a trial', () => {
    expect(adviceWith({})).toBeUndefined()
  })
})
