import type { AuthenticatedCaller } from '../../authn/authenticate-request.js'
import { requestIdOf } from '../../authn/request-id.js'
import { decide } from '../../core/access/decision.js'
import { REFUSALS, Refusal } from '../../core/access/refusal.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import { type Answer, AnswerText } from '../answer.js'
import { type CheckOutcome, refuse } from '../authorize.js'
import type { OriginalRequest } from '../original-request.js'
import type { RawHeaders } from '../raw-headers.js'
import { countOutcome } from '../record-outcome.js'
import type { RefusalLog } from '../refusal-log.js'
import { type Of, writeResponse } from '../response.js'
import type { CachedLocation, QuickCheck } from './location.js'

const NOTHING_MISSING = { early: [], late: [] }

/** A request without headers that an answer depends on. */
const NO_HEADERS = { headers: {}, headersDistinct: {} }

/**
 * Refuses checks of cached locations without waiting: no credential, a wrong secret, a missing scope. Each answer is built once by
 * the code of the whole check, and sent again as it is.
 */
export class RefusalsAtOnce {
  readonly #context: Context & RecordsUsage
  readonly #log: RefusalLog

  constructor(context: Context & RecordsUsage, log: RefusalLog) {
    this.#context = context
    this.#log = log
  }

  /**
   * Refuses a check, and counts and logs it as the whole check does.
   *
   * @param caller the token of the only credential that counts, or why there is none
   * @returns undefined, without effect, if the check may be admitted, or its answer is not the same for each request
   */
  answer(
    location: CachedLocation,
    { headers, addressOf }: QuickCheck,
    caller: AuthenticatedCaller | Refusal,
    now: EpochSeconds,
  ): Answer | undefined {
    const { counters, settings, usage } = this.#context
    const { requirement } = location
    const { originalMethod: method, originalUrl: url } = headers
    if (settings.resourceMetadata || !hasOneAnswer(location, headers)) return undefined
    if (method === undefined || url === undefined) return undefined
    const isKnown = !(caller instanceof Refusal)
    const address = addressOf(headers.forwardedFor)
    // A location that belongs to one user each depends on the host, and is never cached.
    const place = { baseHost: settings.baseUrl.hostname, address }
    const refusal = isKnown ? decide(requirement, caller.token, place, now) : caller
    if (!refusal) return undefined
    const outcome = refuse(requirement, { optional: requirement.optional }, refusal, isKnown ? caller : undefined)
    if (outcome.kind !== 'refused') return undefined
    const original = { method, url, missing: NOTHING_MISSING }
    const answer = this.#answerOf(location, outcome, original)
    if (!answer) return undefined
    countOutcome(counters, outcome, requirement)
    const requestId = headers.requestId && requestIdOf({ headers: { 'x-request-id': headers.requestId } })
    this.#log.note(outcome, { requirement, original, address, requestId })
    if (isKnown && refusal.code === 'insufficient_scope') usage.recordRefused(caller.token, now)
    return answer
  }

  /** Returns the answer to a refusal of the table's own sentence; a sentence may also quote the request. */
  #answerOf(location: CachedLocation, outcome: Of<'refused'>, original: OriginalRequest): Answer | undefined {
    const { code, message } = outcome.refusal
    if (message !== REFUSALS[code].sentence) return undefined
    const known = location.refusals.get(code)
    if (known) return known
    const { settings } = this.#context
    let answer: Answer | undefined
    const writer = new AnswerText((text) => {
      answer = text
    })
    writeResponse(NO_HEADERS, writer, outcome, { ...location, original, settings })
    if (answer) location.refusals.set(code, answer)
    return answer
  }
}

/**
 * Returns whether a refusal is the same for each request to a location. Other proxies than nginx get the address in it, and so
 * does a sign-in; pages of other origins and scripts get headers or a status of their own.
 */
function hasOneAnswer({ protocol, requirement }: CachedLocation, { origin, requestedWith }: RawHeaders): boolean {
  return (
    protocol.states === 'X-Original' &&
    protocol.statuses === 'wrapped' &&
    !requirement.loginRedirect &&
    origin === undefined &&
    requestedWith === undefined
  )
}

/** Returns whether a refused check has shown all that is wrong with its location: none of it is the location's own fault. */
export function showsLocation({ kind }: CheckOutcome, minimumLifetime: number | undefined): boolean {
  // A lifetime that no token has is found out behind the refusals.
  return kind === 'refused' && minimumLifetime === undefined
}
