import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

describe('S16h: on the one listener of a site,', () => {
  const PATHS = ['/metrics', '/health', '/health/live', '/health/ready']

  it.each(PATHS)('%s answers a monitor that asks Postern itself', async (path) => {
    expect((await request(postern.server).get(path)).status).toBe(200)
  })

  it.each(
    PATHS.flatMap((path) => [
      [path, 'X-Forwarded-For', '192.0.2.7'],
      [path, 'Forwarded', 'for=192.0.2.7'],
      [path, 'X-Real-IP', '192.0.2.7'],
    ]),
  )('%s does not exist for a client of a proxy (%s)', async (path, header, value) => {
    const answer = await request(postern.server).get(path).set(header, value)
    expect(answer.status).toBe(404)
    expect(answer.text).not.toMatch(/postern_checks_total|"redis"/)
  })
})
