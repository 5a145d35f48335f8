import { inspect } from 'node:util'
import { describe, expect, it, jest } from '@jest/globals'
import { PosternError, type TokenInfo } from '../../server/client/index.js'
import { TokenInfoCache } from '../../server/client/token-info-cache.js'

const TOKEN = `gt-${'A'.repeat(22)}.${'S'.repeat(22)}`
const info: TokenInfo = { key: 'A'.repeat(22), username: 'ada', tokenType: 'user', scopes: [], created: 1 }

describe('the memory of tokens', () => {
  it('counts an answer’s age from the question: it may be on its way while the token is revoked', async () => {
    let now = 1000
    let asked = 0
    const slow = {
      async tokenInfo() {
        asked++
        now += 60
        return info
      },
    }
    const cache = new TokenInfoCache(slow, { clock: () => now })
    await cache.find(TOKEN)
    await cache.find(TOKEN)
    expect(asked).toBe(2)
  })

  it('holds no token', async () => {
    const set = jest.spyOn(Map.prototype, 'set')
    await new TokenInfoCache({ tokenInfo: async () => info }).find(TOKEN)
    const held = inspect(set.mock.calls, { depth: 9 })
    set.mockRestore()
    expect(held).toContain("username: 'ada'")
    expect(held).not.toContain('S'.repeat(22))
  })

  it('asks again after an outage, and lets everybody who waited know of it', async () => {
    let down = true
    const source = {
      tokenInfo: () => (down ? Promise.reject(new PosternError('down', 'unreachable')) : Promise.resolve(info)),
    }
    const cache = new TokenInfoCache(source)
    const outcomes = await Promise.allSettled([cache.find(TOKEN), cache.find(TOKEN)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    down = false
    expect(await cache.find(TOKEN)).toBe(info)
  })
})
