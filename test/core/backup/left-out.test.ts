import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { isBackedUp, REDIS_LEFT_OUT, TABLES_LEFT_OUT } from '../../../server/core/backup/left-out.js'
import { tokenOf } from '../../../server/core/backup/redis-entry.js'

const server = readdirSync('server', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('core/backup/'))
  .map((file) => readFileSync(`server/${file}`, 'utf8'))
  .join('\n')

describe('what a backup leaves out', () => {
  it('has a reason for each', () => {
    const reasons = [...Object.values(TABLES_LEFT_OUT), ...Object.values(REDIS_LEFT_OUT)]
    expect(reasons.filter((reason) => reason.length < 10)).toEqual([])
  })

  it('exists: a key that is named is one that the server writes', () => {
    // A throttle is made with its name alone, in quotes.
    const isWritten = (prefix: string) =>
      server.includes(prefix) || new RegExp(`Throttle\\([^)]*['\`]${prefix.slice('postern:'.length)}`).test(server)
    expect(Object.keys(REDIS_LEFT_OUT).filter((prefix) => !isWritten(prefix))).toEqual([])
  })

  it('has no token, no mark of a revoked one, no grant and no override of a quota', () => {
    const kept = ['token:{a}', 'token-use:{a}', 'token-ended:{a}', 'openid:{a}', 'openid-used:{a}', 'quota-overrides']
    expect(kept.filter((key) => !isBackedUp(`postern:${key}`))).toEqual([])
  })

  it('has the identity of the Redis that the backup is of', () => {
    expect(isBackedUp('postern:life')).toBe(false)
  })
})

describe('a record of Redis', () => {
  const entry = (value: string) => ({ key: 'postern:token:{AAAA}', value })

  it('is a session, or a delegated token where it has a parent', () => {
    const session = { username: 'ada', created: 5, expires: 9, scopes: [] }
    expect(tokenOf(entry(JSON.stringify(session)))).toEqual({
      key: 'AAAA',
      username: 'ada',
      created: 5,
      expires: 9,
      delegated: false,
    })
    expect(tokenOf(entry(JSON.stringify({ ...session, parent: 'BBBB' })))?.delegated).toBe(true)
  })

  it.each([['not JSON'], ['null'], ['{"username":"ada"}']])('is no token when it is %s', (value) => {
    expect(tokenOf(entry(value))).toBeUndefined()
  })

  it('is no token under another key', () => {
    const value = JSON.stringify({ username: 'ada', created: 5, expires: 9 })
    expect(tokenOf({ key: 'postern:token-use:{AAAA}', value })).toBeUndefined()
  })
})
