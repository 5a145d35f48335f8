import { describe, expect, it, jest } from '@jest/globals'
import { locationLearner } from '../../server/ingress/learn-locations.js'
import { watchProxyAddress } from '../../server/ingress/watch-proxy-address.js'
import type { Context } from '../../server/storage/context.js'

const OF_SERVICE = 'https://tap.example.org/api/tap/sync'

/** The parts of a context that these two use; Redis takes what it is given, or fails. */
function parts(hset: () => Promise<unknown> = async () => 1) {
  const warn = jest.fn()
  const written = jest.fn(hset)
  const redis = new Proxy({}, { get: () => written })
  const settings = { baseUrl: new URL('https://data.example.org/') }
  const context = { settings, clock: () => 1_000, log: { warn, error: warn }, outages: { warn }, redis }
  return { context: context as unknown as Context, warn, written }
}

describe('the addresses that a proxy names', () => {
  it('of another scheme than the base URL are warned of, also between those of a service', () => {
    const { context, warn } = parts()
    const watch = watchProxyAddress(context)
    for (const url of [OF_SERVICE, OF_SERVICE, 'https://data.example.org/', OF_SERVICE]) watch(url)
    expect(warn).not.toHaveBeenCalled()
    watch('http://data.example.org/auth/tokens')
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('of another scheme are warned of after another host with which their name begins', () => {
    const { context, warn } = parts()
    const watch = watchProxyAddress(context)
    watch('http://data.example.or/')
    watch('http://data.example.org/')
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe('a location that a check teaches', () => {
  it('is learned once, and another address of its requirement, too', () => {
    const { context, written } = parts()
    const learn = locationLearner(context)
    for (const url of [OF_SERVICE, OF_SERVICE, 'https://tap.example.org/other', OF_SERVICE])
      learn('scope=read:tap', url)
    expect(written).toHaveBeenCalledTimes(2)
    learn('scope=read:image', OF_SERVICE)
    expect(written).toHaveBeenCalledTimes(3)
  })

  it('is learned by the next check of the same address where Redis did not take it', async () => {
    const { context, written } = parts(async () => Promise.reject(new Error('Connection is closed.')))
    const learn = locationLearner(context)
    for (let round = 0; round < 2; round++) {
      learn('scope=read:tap', OF_SERVICE)
      await new Promise((done) => setImmediate(done))
    }
    expect(written).toHaveBeenCalledTimes(2)
  })
})
