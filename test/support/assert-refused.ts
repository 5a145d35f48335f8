import { expect } from '@jest/globals'
import type { Response } from 'supertest'

interface Expected {
  readonly status: 401 | 403
  readonly code: string
  readonly message?: string
  readonly challenge: string
  /** The true status, where nginx passes another. */
  readonly trueStatus?: number
}

/** A refusal by the check is whole: status, challenge, error headers, no body, and never kept by a cache. */
export function assertRefused(response: Response, { status, code, message, challenge, trueStatus }: Expected): void {
  const bare = code === 'no_authorization'
  expect(response.status).toBe(status)
  expect(response.headers['www-authenticate']).toBe(challenge)
  expect(response.headers['cache-control']).toBe('no-cache, no-store')
  expect(response.headers['x-auth-request-user']).toBeUndefined()
  expect(response.headers['content-length']).toBe('0')
  const body = response.headers['x-error-body']
  const detail = body === undefined ? undefined : JSON.parse(String(body)).detail
  expect(response.headers['x-error-status']).toBe(bare ? undefined : String(trueStatus ?? status))
  expect(detail).toEqual(bare ? undefined : [{ type: code, msg: message ?? expect.any(String) }])
}
