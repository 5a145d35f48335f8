import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { load, shippedArchive } from '../support/stores/archive.js'
import { runAstroquery } from './support/astroquery.js'

describeWith(
  ['haproxy', 'newAstroquery'],
  'astroquery, through HAProxy to an archive with deploy/config/mast.yaml,',
  () => {
    let echo: Echo
    let site: Site
    let desk: Desk

    beforeAll(async () => {
      echo = await startEcho()
      const services = shippedArchive('haproxy')(echo.port)
      const ports = { tapPort: echo.port, portalPort: echo.port }
      site = await startSite({ proxy: 'haproxy', preset: 'mast.yaml', ...ports, services })
      desk = openDesk()
      const investigators = [{ username: 'ada', role: 'pi' }]
      await load(site.postern, { id: 'OLD-1', public: true }, { id: 'GO-1', public: false, investigators })
    })
    afterAll(async () => {
      desk?.clear()
      await site?.stop()
      await echo?.stop()
    })

    it('signs in, and downloads what its user may read, and nothing else', async () => {
      const tokenOf = (username: string) => site.postern.token(username, { scopes: ['mast:exclusive_access'] })
      const run = (token: string, ...uris: string[]) =>
        runAstroquery({ desk, server: site.url, which: 'newAstroquery' }, token, uris)
      const uris = ['mast:OLD-1/a.fits', 'mast:GO-1/sec.fits']
      const { stdout } = await run(await tokenOf('ada'), ...uris)
      expect(stdout).toContain('MAST API token accepted, welcome ada')
      for (const uri of uris) expect(stdout).toContain(`download: ${uri} COMPLETE None`)
      expect(stdout).toContain('after logout: anonymous None')
      const served = echo.arrivals.length
      expect(served).toBe(2 * uris.length)
      const refused = await run(await tokenOf('grace'), 'mast:GO-1/none.fits')
      expect(refused.stdout).toContain('mast:GO-1/none.fits ERROR HTTPError: 401')
      expect(echo.arrivals).toHaveLength(served)
    })
  },
)
