/** A trace that a caller began, and its span that asks (W3C Trace Context §3.2). */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
}

/** Version, trace, span, flags; a later version may have more behind them. */
const FORM = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

const ZEROS = /^0+$/

/**
 * Reads the header `traceparent`; undefined where it is not valid, and a trace of its own begins.
 *
 * Attack: a client may write a secret of another into the free text of `tracestate` and `baggage`. Postern reads neither, and
 * nothing but hexadecimal digits of this form goes on.
 */
export function parseTraceParent(text: string | undefined): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = FORM.exec(text ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function formatTraceParent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}
