import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { startPostern } from '../../support/postern.js'

async function hstsOf(baseUrl: string, settings: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const postern = await startPostern({ baseUrl, settings })
  try {
    return (await request(postern.server).get('/login')).headers['strict-transport-security']
  } finally {
    await postern.stop()
  }
}

describe('Strict-Transport-Security', () => {
  it.each([
    ['covers the site’s host alone', 'https://data.example.org', {}, 'max-age=31536000'],
    [
      'covers the hosts below it where the site says so',
      'https://data.example.org',
      { hstsIncludeSubDomains: true },
      'max-age=31536000; includeSubDomains',
    ],
    ['is not sent without https', 'http://data.example.org', { hstsIncludeSubDomains: true }, undefined],
  ])('%s', async (_what, baseUrl, settings, expected) => {
    expect(await hstsOf(baseUrl, settings)).toBe(expected)
  })
})
