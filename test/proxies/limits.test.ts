import { Agent, get as httpGet } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

describeWith(['nginx'], 'S12: nginx as it is shipped', () => {
  const { url, arrived } = useEchoSite('nginx')
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  afterAll(() => agent.destroy())

  const get = (path: string) =>
    new Promise<Answer>((resolve, reject) => {
      httpGet(`${url()}${path}`, { agent }, (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body }),
          reject,
        )
      }).on('error', reject)
    })

  it.each([
    ['Postern’s own pages', '/login', 600, /<!doctype html>/],
    ['a service', '/tap/capabilities', 2500, /<VOTABLE/],
  ])(
    'answers 429 with Retry-After to an address that floods %s, and sends on no such request',
    async (_what, path, count, form) => {
      const answers = await Promise.all(Array.from({ length: count }, () => get(path)))
      const [passed, shed] = [
        answers.filter(({ status }) => status === 200),
        answers.filter(({ status }) => status === 429),
      ]
      expect(passed.length + shed.length).toBe(count)
      expect(passed.length).toBeGreaterThan(100)
      expect(shed.length).toBeGreaterThan(0)
      expect(new Set(shed.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['5']))
      expect(shed[0]?.body).toMatch(form)
      expect(shed[0]?.body).toContain('Too many requests came from your address')
      expect(arrived()).toHaveLength(path.startsWith('/tap') ? passed.length : 0)
    },
  )
})
