import { describe, expect, it } from '@jest/globals'
import { formatTraceParent, parseTraceParent } from '../../../server/core/telemetry/trace-parent.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('the header traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`01-${TRACE}-${SPAN}-01-more`, true],
  ])('is read: %s', (text, isSampled) => {
    expect(parseTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled })
  })

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a token', `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['more behind the flags of version 00', `00-${TRACE}-${SPAN}-01-secret`],
    ['the version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a shorter trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ])('is no trace when it is %s', (_name, text) => {
    expect(parseTraceParent(text)).toBeUndefined()
  })

  it('is written as it was read', () => {
    for (const text of [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`]) {
      const parent = parseTraceParent(text)
      expect(parent && formatTraceParent(parent)).toBe(text)
    }
  })
})
