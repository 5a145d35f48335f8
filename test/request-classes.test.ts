// That the code of Express finds the properties of a request where it found them on the last one.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningPostern, startPostern } from './support/postern.js'

let postern: RunningPostern
beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

setFlagsFromString('--allow-natives-syntax')
const haveSameClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean

it('the requests and the responses of an address have one hidden class each, as Node’s own', async () => {
  const cookie = `postern=${await postern.session('ada')}`
  const seen: [IncomingMessage, ServerResponse][] = []
  postern.server.on('request', (...pair: [IncomingMessage, ServerResponse]) => seen.push(pair))
  for (let each = 0; each < 5; each++) {
    const response = await fetch(`${postern.url}/auth/tokens`, { headers: { cookie } })
    expect(response.status).toBe(200)
    await response.text()
  }
  const [last, before] = [seen.at(-1), seen.at(-2)]
  if (!last || !before) throw new Error('No request was seen')
  expect(last.map((each, at) => haveSameClass(each, before[at] ?? {}))).toEqual([true, true])
})
