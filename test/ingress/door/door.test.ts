import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { drain } from '../../../server/operate/lifecycle/drain.js'
import { CORPUS } from '../../smuggling/corpus.js'
import { exchange } from '../../support/clients/wire.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { ASKED, headOf, useConnections } from './support/open-connection.js'

/** Two on the same stores, which differ in who reads their checks. */
let own: RunningPostern
let node: RunningPostern
let token: string
let poor: string

/** The requests that Node's server told its listeners of. */
let byNode = 0

/** The server's end of the newest connection. */
let newest: Socket | undefined
function served(): Socket {
  if (!newest) throw new Error('No connection has been opened')
  return newest
}

beforeAll(async () => {
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'x'.repeat(32) }
  const settings = { voLogin: { cookie: true }, limits: { headersTimeout: 1, requestTimeout: 1 } }
  own = await startPostern({ ...stores, settings: { ...settings, checkParser: 'own' } })
  node = await startPostern({ ...stores, settings: { ...settings, checkParser: 'node' } })
  token = await own.token('ada')
  poor = await own.token('ada', { scopes: ['read:image'] })
  own.server.on('request', () => byNode++)
  own.server.on('connection', (socket: Socket) => {
    newest = socket
  })
})
beforeEach(() => {
  byNode = 0
})
afterAll(async () => {
  await own.stop()
  await node.stop()
})

const openTo = useConnections()
const open = () => openTo(own.port)

const TAP = '/ingress/auth?scope=read:tap&service=tap&auth_type=both'

const head = (lines: readonly string[] = [], path = TAP) => headOf(path, lines)
const bearer = (text = token) => `Authorization: Bearer ${text}`
const statusesOf = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
const undated = (answer: string) => answer.replaceAll(/^(?:Date|X-Request-Id): .*\r\n|nonce-[^']*/gm, '')

/** In their order, but those of each head: an answer from the cache has the cookies that go on behind its length. */
const linesOf = (answer = '') =>
  answer
    .split(/(?=^HTTP)/m)
    .map((each) => each.split('\r\n').sort().join('\n'))
    .join('')

/** What both answer to the same bytes. */
async function answers(bytes: string): Promise<string[]> {
  return Promise.all([own, node].map(async ({ port }) => undated(await exchange(port, bytes))))
}

describe('a check that the door reads', () => {
  const wrong = () => token.replace(/.{4}$/, 'AAAA')
  it.each([
    ['with a good token', () => head([bearer()])],
    ['with cookies of the service', () => head([bearer(), 'Cookie: theme=dark; other=1'])],
    ['with a good token as the password', () => head([`Authorization: Basic ${btoa(`x-oauth-basic:${token}`)}`])],
    ['without a credential', () => head()],
    ['of a page’s script without a credential', () => head(['X-Requested-With: XMLHttpRequest'])],
    ['of a page of this site', () => head(['Origin: http://127.0.0.1:8080'])],
    ['with a wrong secret', () => head([bearer(wrong())])],
    ['with a token that was never issued', () => head([bearer(`gt-${'A'.repeat(22)}.${'B'.repeat(22)}`)])],
    ['with what is no token', () => head([bearer('gt-nonsense')])],
    ['with another scheme', () => head(['Authorization: Digest x'])],
    ['without the scope', () => head([bearer(poor)])],
    ['without the scope, denied as 404', () => head([bearer(poor)], `${TAP}&deny_as=404`)],
    ['where signing in is optional', () => head([], `${TAP}&optional=true`)],
    ['where a browser is sent to sign in', () => head([], `${TAP}&login_redirect=true`)],
    ['of OPTIONS', () => head().replace('Method: GET', 'Method: OPTIONS')],
    ['that does not state its request', () => head([bearer()]).replace('X-Original-URL', 'X-Other')],
    ['of an invalid location', () => head([bearer()], '/ingress/auth?scope=read:tap&minimum_lifetime=x')],
    ['for a location that sends a token on', () => head([bearer()], `${TAP}&delegate_to=tap`)],
    ['as Caddy asks', () => head([bearer(), 'X-Forwarded-Method: GET'], '/ingress/forward?scope=read:tap')],
    ['as Caddy asks, refused', () => head([bearer(poor)], '/ingress/forward?scope=read:tap')],
    ['that lets all pass', () => head([bearer()], '/ingress/anonymous')],
  ])('%s has the answer that Node’s server gives, byte for byte, the first time and later', async (_what, bytes) => {
    for (let time = 0; time < 3; time++) {
      const [byDoor = '', byNodeAlone] = await answers(bytes())
      expect(byDoor).toBe(byNodeAlone)
      expect(statusesOf(byDoor)).toHaveLength(1)
    }
    // Neither the first time nor later: the door answered all of them.
    expect(byNode).toBe(0)
  })

  it('is answered in its turn, slow ones and quick ones', async () => {
    const fresh = await own.token('grace')
    const { send, answered } = await open()
    send(head([bearer()]) + head([bearer(fresh)]) + head() + head([bearer(fresh)]) + head([bearer(poor)]))
    await eventually(async () => statusesOf(answered()).length === 5)
    expect(statusesOf(answered())).toEqual([200, 200, 401, 200, 403])
    expect([...answered().matchAll(/-User: (\w+)/g)].map(([, user]) => user)).toEqual(['ada', 'grace', 'grace'])
    expect(byNode).toBe(0)
  })

  it('is answered for its own client, though others send while it waits behind a slow one', async () => {
    const waiting = await open()
    const busy = await open()
    for (let round = 1; round <= 5; round++) {
      waiting.send(head([bearer(await own.token('grace'))]) + head([bearer()]))
      busy.send(head().repeat(3))
      await eventually(async () => statusesOf(waiting.answered()).length === 2 * round)
    }
    const users = [...waiting.answered().matchAll(/-User: (\w+)/g)].map(([, user]) => user)
    expect(users).toEqual(Array.from({ length: 5 }, () => ['grace', 'ada']).flat())
    expect(byNode).toBe(0)
  })

  it('may come in pieces', async () => {
    const { send, answered } = await open()
    const bytes = head([bearer()])
    for (const at of [0, 1, 2, 3]) {
      send(bytes.slice((at * bytes.length) / 4, ((at + 1) * bytes.length) / 4))
      await sleep(10)
    }
    await eventually(async () => answered() !== '')
    expect([statusesOf(answered()), byNode]).toEqual([[200], 0])
  })
})

describe('what is unusual', () => {
  it('goes to Node unread, with the whole connection, after what stood before it was answered', async () => {
    const { send, answered } = await open()
    send(`${head([bearer()])}GET /health HTTP/1.1\r\nHost: x\r\n\r\n${head([bearer()])}`)
    await eventually(async () => statusesOf(answered()).length === 3)
    expect([statusesOf(answered()), byNode]).toEqual([[200, 200, 200], 2])
  })

  it('is answered as by Node alone: all that is smuggled, with and without an end of the connection', async () => {
    const spelt = CORPUS.flatMap(({ name, bytes }) => {
      const asked = bytes({ host: '127.0.0.1:8080', token })
        .replaceAll('GET /tap/sync', `GET ${TAP}`)
        .replace('Host: ', `${ASKED.slice(1).join('\r\n')}\r\nHost: `)
      return [asked, asked.replaceAll('Connection: close\r\n', '')].map((each) => ({ name, asked: each }))
    })
    const different: unknown[] = []
    for (let at = 0; at < spelt.length; at += 20) {
      const batch = spelt.slice(at, at + 20)
      const answered = await Promise.all(batch.map(({ asked }) => answers(asked)))
      different.push(
        ...batch.flatMap((each, n) =>
          linesOf(answered[n]?.[0]) === linesOf(answered[n]?.[1]) ? [] : [{ ...each, answered: answered[n] }],
        ),
      )
    }
    expect(different).toEqual([])
    expect(spelt.length).toBeGreaterThan(200)
  })
})

describe('the bounds', () => {
  it('end a head that is begun and not finished, and a connection without any, with 408', async () => {
    const begun = await open()
    begun.send(head([bearer()]).slice(0, -2))
    const silent = await open()
    await Promise.all([once(begun.socket, 'close'), once(silent.socket, 'close')])
    const [one, other] = [begun.answered(), silent.answered()]
    expect([one.slice(0, 13), other]).toEqual(['HTTP/1.1 408 ', one])
    expect(byNode).toBe(0)
  })

  it('refuse a head whose client closes before its end', async () => {
    const { send, answered, socket } = await open()
    send(head([bearer()]).slice(0, -2))
    socket.end()
    await once(socket, 'close')
    expect(answered()).toMatch(/^HTTP\/1\.1 400 [\s\S]*The request is not valid HTTP\.\n$/)
  })

  it('end no head whose rest came while the process stood still', async () => {
    const { send, answered } = await open()
    const [begin, rest] = [head([bearer()]).slice(0, -2), head([bearer()]).slice(-2)]
    send(begin)
    await eventually(() => served().bytesRead === begin.length)
    send(rest)
    // Longer than a head may take, and than a sweep is late on a busy machine.
    for (const until = performance.now() + 2_500; performance.now() < until; );
    await eventually(() => expect(statusesOf(answered())).toEqual([200]))
  })

  it('read no more of a client that does not read its answers', async () => {
    const { send, socket, answered } = await open()
    socket.pause()
    const many = head([bearer()]).repeat(200)
    let sent = 0
    const sendMore = () => {
      send(many)
      sent += 200
    }
    const isPaused = () => {
      if (!served().isPaused()) sendMore()
      return served().isPaused()
    }
    await eventually(isPaused, { everyMs: 1 })
    const read = served().bytesRead
    for (let n = 0; n < 100; n++) sendMore()
    await sleep(500)
    expect(served().bytesRead).toBe(read)
    socket.resume()
    await eventually(() => served().bytesRead === (sent * many.length) / 200)
    await eventually(() => expect(statusesOf(answered())).toHaveLength(sent))
  })
})

describe('a door that drains', () => {
  it('answers once more and closes, and closes idle connections at the end', async () => {
    const leaving = await startPostern({ settings: { checkParser: 'own' } })
    try {
      const connections = await Promise.all(
        [0, 1].map(async () => {
          const socket = connect(leaving.port, '127.0.0.1')
          let all = ''
          socket.on('data', (chunk) => {
            all += chunk
          })
          socket.write(head())
          await once(socket, 'data')
          return { socket, answered: () => all }
        }),
      )
      const [asking, idle] = connections
      const drained = drain(leaving.server, { graceMs: 300, listening: true })
      asking?.socket.write(head())
      await drained
      expect(asking?.answered().match(/^connection: .*/gim)).toEqual(['Connection: keep-alive', 'Connection: close'])
      expect(idle?.answered().match(/^connection: .*/gim)).toEqual(['Connection: keep-alive'])
    } finally {
      await leaving.stop().catch(() => undefined)
    }
  })
})
