import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { type Astroquery, runAstroquery } from './support/astroquery.js'

describe.each<[string, Astroquery]>([
  ['Debian’s', 'astroquery'],
  ['PyPI’s', 'newAstroquery'],
])('%s', (_name, which) =>
  describeWith([which], 'astroquery.mast', () => {
    let postern: RunningPostern
    let desk: Desk

    beforeAll(async () => {
      postern = await startPostern({ settings: { tokenCookies: ['mast_token'] } })
      desk = openDesk()
    })
    afterAll(async () => {
      desk?.clear()
      await postern?.stop()
    })

    const signIn = (token: string) => runAstroquery({ desk, server: postern.url, which }, token)

    it('signs in with a token, says who its user is, and signs out', async () => {
      const token = await postern.token('ada')
      const { code, stdout, stderr } = await signIn(token)
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
      expect(stdout).toContain('MAST API token accepted, welcome ada')
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining([
          'anon: False',
          'ezid: ada',
          'eppn: ada@127.0.0.1',
          'attrib.display_name: ada',
          'attrib.email: ada@example.org',
          `token: ${token.slice(0, 8)}...`,
          'after logout: anonymous None',
        ]),
      )
      expect(stdout + stderr).not.toContain(token.slice(26))
    })

    it('tells its user where to make a new token when the old one has expired', async () => {
      const token = await postern.token('ada', { expires: postern.now() + 3600 })
      postern.advance(3600)
      const { stdout } = await signIn(token)
      expect(stdout).toContain('MAST API token invalid!')
      expect(stdout).toContain('/token?suggested_name=Astroquery&suggested_scope=mast:exclusive_access')
      expect(stdout).toContain('ezid: anonymous')
    })
  }),
)
