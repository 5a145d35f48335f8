import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { exchange, statuses } from '../../support/clients/wire.js'
import { eventually } from '../../support/eventually.js'
import { byEachParser } from '../../support/parsers.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { headOf, useConnections } from './support/open-connection.js'

const openTo = useConnections()

function head(credential = '', target = '/ingress/auth?scope=read:tap', more: readonly string[] = []): string {
  return headOf(target, [...(credential ? [`Authorization: Bearer ${credential}`] : []), ...more])
}

byEachParser((checkParser) => {
  let postern: RunningPostern
  let token: string
  beforeAll(async () => {
    postern = await startPostern({ settings: { checkParser, limits: { connections: 5 } } })
    token = await postern.token('ada')
  })
  afterAll(() => postern.stop())

  it('are of no address that a client invents and leaves at once', async () => {
    // The server accepts the connection when the client has broken it off: this process waits for it meanwhile.
    const leave = `const socket = require('node:net').connect(${postern.port}, '127.0.0.1', () => socket.write(
      ${JSON.stringify(head('gt-x', undefined, ['X-Forwarded-For: 192.0.2.99']))}, () => setTimeout(() => socket.resetAndDestroy(), 50)))`
    expect(spawnSync(process.execPath, ['-e', leave]).status).toBe(0)
    await exchange(postern.port, head('gt-y', undefined, ['X-Forwarded-For: 192.0.2.98']))
    expect(postern.logged()).toContain('Token is not valid')
    expect(postern.logged()).not.toContain('192.0.2.99')
  })

  const BREAK = '%0d%0aX-Injected:%20yes%0d%0a%0d%0aHTTP/1.1%20200%20OK'
  it.each([
    ...['scope=read:tap', 'service=a', 'delegate_to=a', 'delegate_to=b&delegate_scope=a', 'username=a', 'program=a'],
    ...['only_service=a', 'minimum_lifetime=1', 'cookie=a', 'auth_type=', 'deny_as=', 'optional=', 'satisfy='],
  ])('have no line of the client’s in their answers: %s and a line break', async (query) => {
    const asked = ['/ingress/auth?', '/ingress/forward?'].flatMap((path) =>
      ['', token].map((credential) => head(credential, `${path}${query}${BREAK}`)),
    )
    for (const answer of await Promise.all(asked.map((each) => exchange(postern.port, each)))) {
      expect(statuses(answer)).toHaveLength(1)
      expect(statuses(answer)).not.toContain(500)
      expect(answer).not.toMatch(/^X-Injected/m)
    }
  })

  it('name no address of a user’s that has a line break in the store', async () => {
    const mallory = await postern.token('mallory')
    const spoilt = 'mallory@example.org\r\nX-Injected: yes'
    await postern.context.postgres.pool.query('UPDATE account SET email = $1 WHERE username = $2', [spoilt, 'mallory'])
    const answer = await exchange(postern.port, head(mallory))
    expect(statuses(answer)).toEqual([200])
    expect(answer).toMatch(/^X-Auth-Request-User: mallory\r$/m)
    expect(answer).not.toMatch(/injected/i)
  })

  it('are shed on a kept connection, too, while more are open than may be', async () => {
    const kept = await openTo(postern.port)
    kept.send(head(token))
    await eventually(async () => expect(statuses(kept.answered())).toEqual([200]))
    for (let count = 0; count < 5; count++) await openTo(postern.port)
    kept.send(head(token))
    await eventually(async () => expect(statuses(kept.answered())).toEqual([200, 503]))
    await eventually(async () => expect(kept.socket.readableEnded).toBe(true))
  })
})

it('A client that closes its side while its check waits for a store ends its connection, and nothing else', async () => {
  const postern = await startPostern({ settings: { checkParser: 'own' } })
  const token = await postern.token('ada')
  const { socket } = await openTo(postern.port)
  socket.end(head(token) + head())
  await eventually(async () => expect(socket.readableEnded).toBe(true))
  expect(statuses(await exchange(postern.port, head(token)))).toEqual([200])
  await postern.stop()
})
