import { expect } from '@jest/globals'
import type { Response } from 'supertest'
import type { RunningPostern } from './postern.js'

interface Expected {
  readonly code: string
  readonly status: number
  /** On the page. */
  readonly says: string | RegExp
  /** In the log, and not on the page. */
  readonly cause: RegExp
}

/** All that a session leaves: in the history, and in Redis. */
export async function traces({ context }: RunningPostern): Promise<unknown> {
  const { rows } = await context.postgres.pool.query('SELECT count(*)::int AS changes FROM token_change')
  const keys = await context.redis.keys('*')
  // A SAML response that waits for the browser that asked for it: nothing comes of it, and it expires.
  return [rows, keys.filter((each) => !each.startsWith('postern:saml:answer:')).sort()]
}

/**
 * A refused sign-in is whole: a page that says what happened and has a reference; the cause in the log, beside the same
 * reference; and nothing made. `before` are the {@link traces} from before.
 */
export async function expectNotSignedIn(
  postern: RunningPostern,
  response: Response,
  before: unknown,
  { code, status, says, cause }: Expected,
): Promise<void> {
  const [, reference = 'none'] = /Reference: <code>([0-9a-f]{12})<\/code>/.exec(response.text) ?? []
  const line = postern
    .logged()
    .split('\n')
    .find((each) => each.includes(reference))
  const logged = line === undefined ? {} : JSON.parse(line)
  expect(logged).toMatchObject({ code, cause: expect.stringMatching(cause), reference })
  expect(response.status).toBe(status)
  expect(response.text).toMatch(says)
  expect(response.text).toContain('You are not signed in')
  expect(response.text).not.toContain(logged.cause)
  expect(response.headers['cache-control']).toBe('no-store')
  expect(String(response.headers['set-cookie'])).not.toContain('=gt-')
  expect(await traces(postern)).toEqual(before)
}
