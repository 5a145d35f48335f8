import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { type RunningDachs, startDachs } from './support/dachs.js'

const QUERY = 'SELECT name FROM bright.stars WHERE vmag < 0 ORDER BY vmag'
const CSV = 'name\nSirius\nCanopus\nArcturus\n'

describeWith(['caddy', 'dachs', 'stilts'], 'STILTS, through Caddy to a TAP server,', () => {
  let dachs: RunningDachs
  let site: Site
  let desk: Desk

  beforeAll(async () => {
    const port = await freePort()
    dachs = await startDachs(`http://127.0.0.1:${port}`)
    site = await startSite({ proxy: 'caddy', port, tapPort: dachs.port })
    desk = openDesk()
  })

  afterAll(async () => {
    desk?.clear()
    await site?.stop()
    await dachs?.stop()
  })

  const stilts = (credential: string, ...words: string[]) => {
    const signIn = ['-Dstar.basicauth.user=x-oauth-basic', `-Dstar.basicauth.password=${credential}`]
    const query = ['tapquery', `tapurl=${site.url}/tap`, 'ofmt=csv', `adql=${QUERY}`]
    return desk.run(['stilts', ...signIn, ...query, ...words])
  }

  it.each(['sync=true', 'sync=false'])('gets rows from a query with %s', async (kind) => {
    const token = await site.postern.token('ada')
    expect(await stilts(token, kind)).toMatchObject({ code: 0, stdout: CSV })
  })

  it('tells its user which scope the token lacks', async () => {
    const token = await site.postern.token('ada', { scopes: ['read:image'] })
    const { code, stdout, stderr } = await stilts(token, 'sync=true')
    expect(stderr).toContain('Error: Your token lacks the scope read:tap\n')
    expect([code, stdout]).toEqual([1, ''])
  })
})
