import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import type { Digest, TokenKey } from '../../../server/core/token/token.js'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { aCache } from './support/a-cache.js'

const TOKENS = 20_000
const MOST_BYTES = 400

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** The bytes of the heap that are in use. */
function used(): number {
  for (let times = 0; times < 3; times++) collect()
  return process.memoryUsage().heapUsed
}

/** A new string each time, as the driver makes them. */
const read = (text: string) => Buffer.from(text).toString()

/** A user token as PostgreSQL's row gives it, of one of so many owners. */
function found(number: number, owners: number) {
  const owner = `person-${number % owners}`
  const key = read(`key-of-the-token-${number}`.padEnd(22, '-')) as TokenKey
  const type = read('user') as 'user'
  const scopes = [read('read:tap'), read('user:token')] as Scope[]
  const of = { username: read(owner), email: read(`${owner}@example.org`), groups: [read('users')] }
  const made = { created: 1_795_770_000 + number, expires: 1_805_770_000 + number, name: read(`token ${key}`) }
  const record = { key, type, scopes, ...made, ...of }
  const version = 2 ** 52 - 1 - number * 7919
  return { record, version, digest: Buffer.alloc(32, number).toString('latin1') as Digest }
}

it('a cached token takes few bytes where its owner has others, its answer at a location included', async () => {
  const { cache } = aCache({ memoryMaxTokens: TOKENS * 2 })
  const answers = cache.attachments<string>({ bytesOf: () => 300, isSame: (one, other) => one === other })
  const fill = async (from: number, to: number) => {
    for (let number = from; number < to; number++) {
      const lookup = found(number, 200)
      const { key, username } = lookup.record
      await cache.resolve(key, async (_key, dependOn) => {
        dependOn(personTopic(username))
        return lookup
      })
      const entry = cache.find(key, async () => undefined)
      if (typeof entry === 'object') answers.set(entry, [read(`X-Auth-Request-User: ${username}`.padEnd(100))])
    }
  }
  await fill(0, 1_000)
  const before = used()
  await fill(1_000, 1_000 + TOKENS)
  const each = (used() - before) / TOKENS
  expect(cache.stats().entries).toBe(1_000 + TOKENS)
  expect(each).toBeLessThan(MOST_BYTES)
})
