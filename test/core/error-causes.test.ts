import { expect, it } from '@jest/globals'
import { withCauses } from '../../server/core/error-causes.js'
import { networkFailure } from '../../server/login/providers/network-failure.js'
import { isUnavailable } from '../../server/storage/unavailable.js'

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:443'), { code: 'ECONNREFUSED' })

it('an error comes before its causes, at any depth and in each of their forms', () => {
  const plain = { kind: 'SocketTimeout' }
  const prisma = Object.assign(new Error('P2010'), { meta: { driverAdapterError: { cause: plain } } })
  const [one, two] = [new Error('one'), new Error('two', { cause: prisma })]
  const whole = new Error('whole', { cause: new AggregateError([one, two]) })
  const chain = withCauses(whole)
  expect(chain).toEqual([whole, whole.cause, one, two, prisma, prisma.meta.driverAdapterError, plain])
})

it('an error that is its own cause is listed once', () => {
  const circular = new Error('circular')
  circular.cause = new Error('between', { cause: circular })
  expect(withCauses(circular)).toHaveLength(2)
  expect(isUnavailable(circular)).toBe(false)
})

it.each([undefined, null, 'ECONNREFUSED', 7])('%p has no causes', (error) => {
  expect(withCauses(error)).toEqual([])
})

// biome-ignore format: a table reads in columns
it.each([
  ['a store',    'directly',              () => refused,                                                     true,  undefined],
  ['a store',    'as one of several',     () => new AggregateError([new Error('?'), refused]),               true,  undefined],
  ['a provider', 'below `fetch failed`',  () => new TypeError('fetch failed', { cause: refused }),           true,  'no connection (ECONNREFUSED)'],
  ['a provider', 'in time',               () => new Error('late', { cause: { name: 'TimeoutError' } }),      false, 'no answer in time'],
  ['no answer',  'but a defect',          () => new TypeError('x is not a function'),                        false, undefined],
])('%s that does not answer is recognised %s', (_what, _how, error, unavailable, cause) => {
  expect([isUnavailable(error()), networkFailure(error())?.cause]).toEqual([unavailable, cause])
})
