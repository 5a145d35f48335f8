import { describe, expect, it } from '@jest/globals'
import { publishedKeys, retirementBefore, type ScheduledKey } from '../../../server/core/openid/signing-schedule.js'

interface Named extends ScheduledKey {
  readonly kid: string
}

const NOW = 1_000_000
const kids = (keys: readonly Named[], now = NOW) => publishedKeys(keys, now).map(({ kid }) => kid)

describe('the keys that are published', () => {
  it('are none where there is none', () => {
    expect(kids([])).toEqual([])
  })

  it('are the old one, which signs, and the new one until its time has come', () => {
    const keys = [
      { kid: 'new', signsFrom: NOW },
      { kid: 'old', signsFrom: 1, retires: NOW + 100 },
    ]
    expect(kids(keys, NOW - 1)).toEqual(['old', 'new'])
    expect(kids(keys, NOW)).toEqual(['new', 'old'])
    expect(kids(keys, NOW + 99)).toEqual(['new', 'old'])
    expect(kids(keys, NOW + 100)).toEqual(['new'])
  })

  it('are signed for by the newest that has begun, and by the first to come where none has', () => {
    const keys = [
      { kid: 'third', signsFrom: NOW + 20 },
      { kid: 'second', signsFrom: NOW + 10 },
      { kid: 'first', signsFrom: 1, retires: NOW },
    ]
    expect(kids(keys, NOW - 1)[0]).toBe('first')
    expect(kids(keys, NOW)).toEqual(['second', 'third'])
    expect(kids(keys, NOW + 20)[0]).toBe('third')
  })
})

describe('a key', () => {
  it('retires after the last ID token that it signed, of a session that began just before', () => {
    const lifetime = 36_000
    const lastSigned = NOW - 1
    expect(retirementBefore(NOW, lifetime)).toBeGreaterThan(lastSigned + lifetime)
  })
})
