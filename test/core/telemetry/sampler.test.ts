import { describe, expect, it } from '@jest/globals'
import { MOST_TRACES_PER_SECOND, Sampler } from '../../../server/core/telemetry/sampler.js'

const parent = (isSampled: boolean) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled })

describe('the sampler', () => {
  it('takes its share of the requests without a trace', () => {
    const sampler = new Sampler(0.1)
    expect([0, 0.0999, 0.1, 0.5].map((chance) => sampler.takes(undefined, chance, 0))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(new Sampler(0).takes(undefined, 0, 0)).toBe(false)
    expect(new Sampler(1).takes(undefined, 0.9999, 0)).toBe(true)
  })

  it('follows the caller where there is a trace', () => {
    expect(new Sampler(0).takes(parent(true), 0.9, 0)).toBe(true)
    expect(new Sampler(1).takes(parent(false), 0, 0)).toBe(false)
  })

  it('takes no more in a second than its bound, however many a client wants', () => {
    const sampler = new Sampler(0)
    const taken = (second: number) =>
      Array.from({ length: 1000 }, () => sampler.takes(parent(true), 0.9, second * 1000 + 500)).filter(Boolean).length
    expect([taken(1), taken(1), taken(2)]).toEqual([MOST_TRACES_PER_SECOND, 0, MOST_TRACES_PER_SECOND])
  })
})
