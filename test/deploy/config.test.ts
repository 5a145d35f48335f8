import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { loadSettings } from '../../server/settings/load.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

/** What an operator gives beside each file; and what the sign-in page then is. */
const PRESETS: Readonly<Record<string, { secrets: Record<string, string>; page: RegExp }>> = {
  'rubin.yaml': {
    secrets: { POSTERN_CILOGON_CLIENT_SECRET: 'of the client', POSTERN_LDAP_PASSWORD: 'of the directory' },
    page: /Sign in with CILogon/,
  },
  'github.yaml': { secrets: { POSTERN_GITHUB_CLIENT_SECRET: 'of the app' }, page: /Sign in with GitHub/ },
  'mast.yaml': { secrets: {}, page: /name="password"/ },
  'local.yaml': { secrets: {}, page: /name="password"/ },
}

describe('the configurations to start from', () => {
  let postern: RunningPostern | undefined
  afterEach(() => postern?.stop())

  it.each(Object.entries(PRESETS))('%s is whole, and Postern starts with it', async (file, { secrets, page }) => {
    const settings = loadSettings({ POSTERN_CONFIG: `deploy/config/${file}`, ...secrets })
    postern = await startPostern({ loaded: settings })
    const response = await request(postern.server).get('/login?local')
    expect(response.status).toBe(200)
    expect(response.text).toMatch(page)
    expect(response.text).toContain(settings.site.name)
  })

  it.each(['rubin.yaml', 'github.yaml', 'local.yaml'])('%s lets people make tokens that never expire', async (file) => {
    const secrets = PRESETS[file]?.secrets
    const loaded = loadSettings({ POSTERN_CONFIG: `deploy/config/${file}`, ...secrets })
    postern = await startPostern({ loaded: { ...loaded, ldap: undefined } })
    const record = await authenticate(postern.context, parseToken(await postern.token('ada')) as Token)
    expect(record).toMatchObject({ username: 'ada', name: expect.any(String) })
    expect([record?.expires, record?.idle]).toEqual([undefined, undefined])
  })

  it('are all tried here', () => {
    expect(Object.keys(PRESETS).sort()).toEqual(readdirSync('deploy/config').sort())
  })

  it('say which secret is missing', () => {
    expect(() => loadSettings({ POSTERN_CONFIG: 'deploy/config/rubin.yaml' })).toThrow(
      /cilogon\.clientSecret: is required.*\n.*POSTERN_LDAP_PASSWORD/,
    )
  })
})
