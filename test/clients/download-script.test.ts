import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'

const SCRIPT = fileURLToPath(new URL('./support/download.sh', import.meta.url))

describeWith(['nginx', 'curl'], 'A download script with Authorization: token and --location-trusted', () => {
  const { url, desk, token, weakToken, arrived } = useEchoSite()
  let portal: Server
  let link: string

  // The archive's portal, on a host of its own, sends the script on to where the file is.
  beforeAll(async () => {
    portal = createServer((request, response) => {
      response.writeHead(302, { Location: `${url()}/tap${request.url}` }).end()
    })
    await once(portal.listen(0, '127.0.0.1'), 'listening')
    link = `http://127.0.0.1:${(portal.address() as AddressInfo).port}/sync?file=[jw01.fits]`
  })
  afterAll(() => {
    portal.close()
  })

  const download = (value: string) => desk().run(['/bin/sh', SCRIPT, link], { MAST_API_TOKEN: value })

  it('gets the file through the redirect, and the file’s service never sees the token', async () => {
    expect(await download(token())).toMatchObject({ code: 0, stdout: 'here\n' })
    expect(arrived()).toMatchObject([{ url: '/tap/sync?file=[jw01.fits]', headers: { 'x-auth-request-user': 'ada' } }])
    expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
  })

  it.each([
    ['no token at all', () => '', '401'],
    ['a token that is over', () => token().replace(/\..*/, `.${'A'.repeat(22)}`), '401'],
    ['a token without the scope', weakToken, '403'],
  ])('ends with an error that names the status, with %s', async (_what, value, status) => {
    const { code, stdout, stderr } = await download(value())
    expect({ code, stdout }).toEqual({ code: 22, stdout: '' })
    expect(stderr).toContain(status)
    expect(arrived()).toEqual([])
  })
})
