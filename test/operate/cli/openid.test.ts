import { beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { startProvider } from '../../openid/support/relying-party.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { eventually } from '../../support/eventually.js'
import { useCommandLine } from './command-line.js'

const { site, environment, run: command } = useCommandLine(startProvider)
const run = (...args: string[]) => command(['openid', ...args])

beforeAll(() => {
  Object.assign(environment(), { POSTERN_OIDC_SERVER: '{enabled: true}' })
})

async function published(): Promise<string[]> {
  const { body } = await request(site().server).get('/.well-known/jwks.json')
  return body.keys.map(({ kid }: { kid: string }) => kid)
}

describe('postern openid', () => {
  it('announces a new key to the running server, lists both, and withdraws one that is compromised', async () => {
    const [old = ''] = await published()
    const rotated = await run('rotate-key', '--announce', '2h')
    expect(rotated).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^The key (\S+) is published, and signs ID/),
    })
    const [, kid = ''] = /^The key (\S+)/.exec(rotated.output) ?? []
    await eventually(async () => (await published()).includes(kid))
    expect(await published()).toEqual([old, kid])
    const { output } = await run('keys')
    expect(output).toMatch(new RegExp(`^${old} +signs +20\\S+Z +20\\S+Z$`, 'm'))
    expect(output).toMatch(new RegExp(`^${kid} +announced +20\\S+Z +-$`, 'm'))
    expect((await storedEvents(site())).at(-1)).toMatchObject({
      event: { action: 'oidc-key.rotate' },
      postern: { channel: 'command', object: { type: 'oidc-key', id: kid } },
    })
    const now = await run('rotate-key', '--compromised')
    expect(now.output).toMatch(/signs ID tokens now\. The others are withdrawn\.$/m)
    await eventually(async () => !(await published()).includes(old))
    expect(await published()).toHaveLength(1)
  })

  it('refuses a time that clients could not read the key in, and changes nothing', async () => {
    const before = await published()
    expect(await run('rotate-key', '--announce', '1m')).toMatchObject({
      code: 1,
      output: expect.stringContaining('5m'),
    })
    expect(await published()).toEqual(before)
  })
})
