import { describe, expect, it } from '@jest/globals'
import { isOtherPlaces, OTHER_PLACES, storedClient } from '../../../server/core/token/use-place.js'

const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'

describe('the client of a use, as it is stored', () => {
  it('is the User-Agent, or empty where there is none', () => {
    expect(storedClient('STILTS/3.5.2')).toBe('STILTS/3.5.2')
    expect(storedClient(undefined)).toBe('')
  })

  it('has at most 200 characters', () => expect(storedClient('x'.repeat(10_000))).toBe('x'.repeat(200)))

  it('Attack: a secret at the end of what is stored is not cut to a part of itself', () => {
    const stored = storedClient(`${'x'.repeat(150)} ${TOKEN}`)
    expect(stored).not.toContain('zcCN')
    expect(stored).toContain('gt-5KVApqcVbSQWtO3VIRgOhQ')
  })
})

it('Attack: a client that calls itself as the remaining places do is still a place of its own', () => {
  expect(isOtherPlaces(OTHER_PLACES)).toBe(true)
  expect(isOtherPlaces({ ...OTHER_PLACES, address: '192.0.2.7' })).toBe(false)
  expect(isOtherPlaces({ ...OTHER_PLACES, client: '' })).toBe(false)
})
