import { readdirSync, readFileSync } from 'node:fs'
import { get as httpGet, request } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from '@jest/globals'
import type { EchoSite } from '../../support/peers/echo-site.js'

/** The nginx of a distribution takes 1 MiB where it is not told otherwise; Postern's own pages never take more. */
const OVER_THE_USUAL = 3_000_000

/** Bytes of a file that no proxy should hold in memory, and how much more of that it may need while the file passes. */
const HUGE = process.env.NIGHTLY ? 300_000_000 : 60_000_000
const MEMORY_FOR_IT = HUGE / 3

/** A service gets the request that was sent, of any size, and its answer arrives as it is sent. */
export function requests({ url, site, token, weakToken, echo, desk, arrived, get, getWithToken }: EchoSite): void {
  describe('a service gets the request as it was sent', () => {
    it('HEAD', async () => {
      expect((await getWithToken('/tap/sync', '--head')).status).toBe(200)
      expect(arrived()[0]?.method).toBe('HEAD')
    })

    it('POST with a body and a query string, byte for byte', async () => {
      await getWithToken('/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9&scope=admin', '-d', 'LANG=ADQL&QUERY=SELECT+1')
      expect(arrived()[0]).toMatchObject({
        method: 'POST',
        url: '/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9&scope=admin',
        body: 'LANG=ADQL&QUERY=SELECT+1',
      })
    })

    it('with large cookies and long addresses: neither fails at the check', async () => {
      const large = Array.from({ length: 3 }, (_, index) => `c${index}=${'x'.repeat(1900)}`).join('; ')
      expect((await getWithToken('/tap/sync', '-H', `Cookie: ${large}`)).status).toBe(200)
      expect(arrived().at(-1)?.headers.cookie).toBe(large)
      for (const path of ['/tap/sync', '/portal/'])
        expect([401, 302]).toContain((await get(`${path}?QUERY=${'%20x'.repeat(1000)}`)).status)
    })

    const upload = () => desk().file('upload', 'x'.repeat(OVER_THE_USUAL))
    const CHUNKED = ['-H', 'Transfer-Encoding: chunked']

    it.each([
      ['a TAP upload of a known length', '/tap/sync', []],
      ['a TAP upload of an unknown length', '/tap/sync', CHUNKED],
      ['a PUT of a known length, to a page', '/portal/file', ['-X', 'PUT']],
      ['a PUT of an unknown length, to a page', '/portal/file', ['-X', 'PUT', ...CHUNKED]],
      ['a push to one more service', '/images/push', []],
      ['a push of an unknown length to one more service', '/images/push', CHUNKED],
    ])('%s, larger than proxies take where they are not told', async (_, path, words) => {
      const credential = ['--oauth2-bearer', path.startsWith('/images') ? weakToken() : token()]
      const { status } = await get(path, ...credential, ...words, '--data-binary', `@${upload()}`)
      expect([status, arrived().map(({ length }) => length)]).toEqual([200, [OVER_THE_USUAL]])
    })

    it.each([
      ['of a known length', { 'content-length': HUGE }],
      ['of an unknown length', { 'transfer-encoding': 'chunked' }],
    ])('a huge file %s, which the proxy does not hold', async (_, headers) => {
      const before = memoryOf(site().proxy.pid)
      expect(await send(`${url()}/tap/sync`, { ...headers, authorization: `Bearer ${token()}` })).toBe(200)
      expect(arrived().map(({ length }) => length)).toEqual([HUGE])
      expect(memoryOf(site().proxy.pid) - before).toBeLessThan(MEMORY_FOR_IT)
    })

    it.each([
      ['no token', () => []],
      ['too weak a token', () => ['--oauth2-bearer', `${token().slice(0, -4)}AAAA`]],
    ])('and nothing of a large one with %s, whose sender gets the reason', async (_, credential) => {
      const { status } = await get('/tap/sync', ...credential(), '-H', 'Expect:', '--data-binary', `@${upload()}`)
      expect([status, arrived()]).toEqual([401, []])
    })

    it('but Postern’s own pages take no large one', async () => {
      expect((await get('/login', '-H', 'Expect:', '--data-binary', `@${upload()}`)).status).toBe(413)
    })
  })

  it('an answer arrives piece by piece, as the service sends it', async () => {
    for (const path of ['/tap/stream', '/portal/stream']) {
      const pieces = piecesOf(`${url()}${path}`, token())
      expect((await pieces.next()).value).toBe('here\n')
      echo().endStreams()
      expect([(await pieces.next()).value, (await pieces.next()).done]).toEqual(['and gone\n', true])
    }
  })
}

/** The pieces of an answer's body, in the time in which they arrive. */
async function* piecesOf(url: string, token: string): AsyncGenerator<string> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    httpGet(url, { headers, agent: false }, resolve).on('error', reject)
  })
  for await (const piece of response) yield String(piece)
}

/** Sends so many bytes as {@link HUGE} says, and gives back the status. */
async function send(url: string, headers: Readonly<Record<string, string | number>>): Promise<number | undefined> {
  const piece = Buffer.alloc(1_000_000, 'x')
  const asked = request(url, { method: 'PUT', headers, agent: false })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    asked.on('error', reject).on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  await Promise.all([pipeline(Array(HUGE / piece.length).fill(piece), asked), answered])
  return answered
}

/** The most memory that a process and its children have had, in bytes. */
function memoryOf(pid: number): number {
  const status = (name: string) => {
    try {
      return readFileSync(`/proc/${name}/status`, 'utf8')
    } catch {
      return ''
    }
  }
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const family = all.filter((name) => Number(name) === pid || new RegExp(`^PPid:\t${pid}$`, 'm').test(status(name)))
  const kilobytes = family.map((name) => Number(/^VmHWM:\s+(\d+)/m.exec(status(name))?.[1] ?? 0))
  return 1024 * kilobytes.reduce((sum, each) => sum + each, 0)
}
