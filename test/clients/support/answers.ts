import { expect } from '@jest/globals'
import { type Answer, sentence } from '../../support/clients/curl.js'

/** Asserts that a TAP client gets the error in a VOTable that no cache stores. */
export function expectTold(answer: Answer, status: number, told: RegExp): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toEqual(['application/x-votable+xml'])
  expect(answer.headers.get('cache-control')).toEqual(['no-cache, no-store'])
  expect(sentence(answer)).toMatch(told)
}

/** That a browser is sent to the sign-in page of this site, with the way back to a path. */
export function expectSentToSignIn(answer: Answer, url: string, path: string): void {
  expect(answer.status).toBe(302)
  const location = new URL(answer.headers.get('location')?.[0] ?? '')
  expect(`${location.origin}${location.pathname}`).toBe(`${url}/login`)
  expect(location.searchParams.get('rd')).toBe(`${url}${path}`)
}
