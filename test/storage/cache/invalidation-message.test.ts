import { describe, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import {
  decodeMessage,
  encodeMessage,
  type InvalidationMessage,
} from '../../../server/storage/cache/invalidation-message.js'
import { ALL_PROGRAMS, personTopic, programTopic, QUOTA_OVERRIDES } from '../../../server/storage/cache/topic.js'

const KEY = 'NVulqbDMAQUPhQq3NXeqVg' as TokenKey

describe('an invalidation message', () => {
  it.each<[string, InvalidationMessage]>([
    [
      `1 invalidate ${KEY} user:ada program:ERO-12 programs: quotas:`,
      { type: 'invalidate', topics: [KEY, personTopic('ada'), programTopic('ERO-12'), ALL_PROGRAMS, QUOTA_OVERRIDES] },
    ],
    ['1 heartbeat aGVhcnRi 42', { type: 'heartbeat', sender: 'aGVhcnRi', sequence: 42 }],
  ])('is written as %s and read back', (text, message) => {
    expect(encodeMessage(message)).toBe(text)
    expect(decodeMessage(text)).toEqual(message)
  })

  it.each([
    ['of no version', `invalidate ${KEY}`],
    ['of the release before versions', KEY],
    ['of a heartbeat of that release', 'beat aGVhcnRi 42'],
    ['of an unknown version', `2 invalidate ${KEY}`],
    ['of an unknown type', `1 evict ${KEY}`],
    ['without topics', '1 invalidate'],
    ['with an empty topic', `1 invalidate ${KEY} `],
    ['with a malformed topic among others', `1 invalidate ${KEY} nonsense`],
    ['with a topic of an unknown kind', '1 invalidate group:users'],
    ['with a heartbeat without a sender', '1 heartbeat  42'],
    ['with a heartbeat without a number', '1 heartbeat aGVhcnRi'],
    ['with a heartbeat of no number', '1 heartbeat aGVhcnRi NaN'],
    ['with a heartbeat of a negative number', '1 heartbeat aGVhcnRi -1'],
    ['with a heartbeat of too many parts', '1 heartbeat aGVhcnRi 42 43'],
    ['empty', ''],
  ])('is not read %s', (_form, text) => {
    expect(decodeMessage(text)).toBeUndefined()
  })
})
