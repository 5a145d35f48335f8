import type { Digest, TokenKey } from '../../../../server/core/token/token.js'
import type { CacheLookup } from '../../../../server/storage/cache/cached-token.js'
import { type ChangeFinder, type Reader, TokenCache } from '../../../../server/storage/cache/token-cache.js'
import { personTopic } from '../../../../server/storage/cache/topic.js'

export const KEY = 'key' as TokenKey
export const ADA = personTopic('ada')

/** An enabled token cache with a clock that a test sets. */
export function aCache({ memoryMaxAge = 60, memoryMaxTokens = 100 } = {}, findChanged: ChangeFinder = noneIsKnown) {
  let now = 0
  const cache = new TokenCache({ memoryMaxAge, memoryMaxTokens }, () => now, findChanged)
  cache.enable()
  return {
    cache,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
  }
}

export function finding(key: string, more: Partial<CacheLookup> = {}, email?: string): CacheLookup {
  const record = { key: key as TokenKey, type: 'user', username: 'ada', scopes: [], created: 0 } as const
  return { record: { ...record, ...(email && { email }) }, digest: 'x'.repeat(32) as Digest, ...more }
}

/** For readers that give no version. */
const noneIsKnown: ChangeFinder = () => Promise.reject(new Error('No version was given'))

/** A reader that counts how often it is asked. */
export function counting(answer: (key: TokenKey) => CacheLookup | undefined) {
  const asked: TokenKey[] = []
  const read: Reader = async (key) => {
    asked.push(key)
    return answer(key)
  }
  return { asked, read }
}

/** A promise that a test keeps when it likes. */
export function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Lets the reads go on that wait for nothing. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))
