import { expect, it } from '@jest/globals'
import { networkFaultOf } from '../../server/core/network-fault.js'

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:443'), { code: 'ECONNREFUSED' })

// biome-ignore format: a table reads in columns
it.each([
  ['a refused connection', new TypeError('fetch failed', { cause: refused }),                        'unreachable'],
  ['one without a cause',  new Error('discovery', { cause: new TypeError('fetch failed') }),        'unreachable'],
  ['silence',              new Error('late', { cause: { name: 'TimeoutError' } }),                   'timeout'],
  ['silence of keys',      Object.assign(new Error('request timed out'), { code: 'ERR_JWKS_TIMEOUT' }), 'timeout'],
  ['a wrong answer',       new Error('Expected 200 OK from the JSON Web Key Set HTTP response'),     undefined],
  ['a defect',             new TypeError('x is not a function'),                                     undefined],
])('%s is told from other errors, without the address', (_what, error, kind) => {
  expect(networkFaultOf(error)?.kind).toBe(kind)
  expect(networkFaultOf(error)?.cause ?? '').not.toContain('127.0.0.1')
})
