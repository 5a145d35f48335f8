import { expect, it } from '@jest/globals'
import { CachedLocations } from '../../../server/ingress/at-once/cached-locations.js'
import type { CachedLocation } from '../../../server/ingress/at-once/location.js'

const location = () => ({ isRecentlyUsed: false }) as CachedLocation

function full(max: number): CachedLocations {
  const locations = new CachedLocations(max)
  for (let at = 0; at < max; at++) locations.set(`/${at}`, location())
  return locations
}

it('evicts the location that has been there longest and was not asked', () => {
  const locations = full(4)
  locations.get('/0')
  locations.set('/new', location())
  expect(['/0', '/1', '/2', '/3', '/new'].filter((url) => locations.has(url))).toEqual(['/0', '/2', '/3', '/new'])
})

it('never holds more than its number, with all of them in use', () => {
  const locations = full(100)
  for (let at = 0; at < 300; at++) {
    for (let other = 0; other < 400; other++) locations.get(`/${other}`)
    locations.set(`/${100 + at}`, location())
    expect(locations.size).toBe(100)
    expect(locations.has(`/${100 + at}`)).toBe(true)
  }
})

it('replaces a location of the same URL', () => {
  const locations = full(4)
  const next = location()
  locations.set('/2', next)
  expect([locations.get('/2'), locations.size]).toEqual([next, 4])
})
