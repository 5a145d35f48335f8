import type { IncomingMessage } from 'node:http'
import { addressReader } from '../authn/client-address.js'
import { errorBody } from '../authn/error-response.js'
import { requestIdOf } from '../authn/request-id.js'
import { Refusal } from '../core/access/refusal.js'
import { BURST_MS, Crowd, HERD_MS } from '../core/overload/crowd.js'
import { RETRY_AFTER } from '../core/overload/retry-after.js'
import type { Settings } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import { isUnavailable, UnusableUser } from '../storage/unavailable.js'
import type { RecordsUsage } from '../tokens/usage-recorder.js'
import { type Answer, type AnswerWriter, headOf, writeAnswer } from './answer.js'
import type { QuickCheck } from './at-once/location.js'
import { authorizeRequest } from './authorize.js'
import {
  type AuthRequest,
  type ProxyProtocol,
  parseAnonymousRequest,
  parseAuthRequest,
  protocolOf,
} from './forward-auth-protocols.js'
import { locationLearner } from './learn-locations.js'
import { refuseInTurn } from './overload/refuse-in-turn.js'
import type { LimitsRate } from './rate-limiter.js'
import { countOutcome, countReads } from './record-outcome.js'
import { RefusalLog } from './refusal-log.js'
import { requirementCache } from './requirement-cache.js'
import { end, sendJson, toService, writeResponse } from './response.js'
import { ResponseCache } from './response-cache.js'
import { stripCredentials } from './strip-credentials.js'
import { watchProxyAddress } from './watch-proxy-address.js'

/** One of so many cached responses teaches its location: a URL takes longer to parse than the response to send. */
const CACHED_PER_LESSON = 64
/**
 * Milliseconds that pass between two such lessons: all of them together take no more time, however many checks there are. All
 * connections wait for one. With few a second they are not among the slowest checks in a hundred.
 */
const LESSON_INTERVAL = 250

/** Handles a check; returns false for any other path. */
export interface IngressHandler {
  (request: IncomingMessage, response: AnswerWriter): boolean
  /**
   * Answers a GET that needs no store, from few of its headers.
   *
   * @param whole makes the whole request, which few need
   * @returns undefined, without effect, for any other request
   */
  answerAtOnce(check: QuickCheck, whole: () => IncomingMessage | undefined): Answer | undefined
  /**
   * Sheds a GET that is one too many, by its target alone: its request is not built for it.
   *
   * @param send is called with the answer, at once or in a moment
   * @returns false, without effect, for any other request
   */
  shed(target: string, send: (answer: Answer) => void): boolean
  /** Handles a GET that was neither answered at once nor shed; as the handler itself. */
  begin(request: IncomingMessage, response: AnswerWriter): boolean
  /** Logs the refusals that were only counted yet. */
  flushLog(): void
}

/**
 * Creates the handler of `/ingress/*`, which proxies call for each request, with the request's own headers. It answers 200
 * with an empty body and the identity in headers, or an error.
 */
export function createIngress(context: Context & RecordsUsage & LimitsRate): IngressHandler {
  const { settings, counters, usage } = context
  const requirementOf = requirementCache()
  const addressOf = addressReader(settings.proxies)
  const scheme = settings.baseUrl.protocol.slice(0, -1)
  const log = new RefusalLog(context)
  const responses = new ResponseCache(context, addressOf, log)
  const watchAddress = watchProxyAddress(context)
  const learn = locationLearner(context)
  // A herd is taken whole: its checks come in batches that are answered at once, as long as the stores keep up.
  const crowd = new Crowd({ most: settings.limits.slowChecks, burst: BURST_MS, herd: HERD_MS })
  const inTurn = refuseInTurn(settings.limits.connections)

  async function check(authRequest: AuthRequest, request: IncomingMessage, response: AnswerWriter): Promise<void> {
    const { protocol, query, original } = authRequest
    // Read before the first await: a socket that was closed in the meantime has no address.
    const address = addressOf(request)
    const started = performance.now()
    watchAddress(original.url)
    let service: string | undefined
    try {
      const compiled = requirementOf(query)
      service = compiled.requirement.service
      const outcome = await authorizeRequest(context, { compiled, original, request, address })
      countOutcome(counters, outcome, compiled.requirement)
      log.note(outcome, {
        requirement: compiled.requirement,
        original,
        address,
        requestId: requestIdOf(request),
      })
      if ('by' in outcome && outcome.by) learn(query, original.url)
      if (outcome.kind === 'admitted') {
        usage.record(outcome.by.token, context.clock(), address, request.headers['user-agent'])
        countReads(counters, outcome, original, context.clock())
        responses.store(request, authRequest, compiled, outcome)
      }
      responses.learnLocation(request, authRequest, compiled, outcome)
      if (outcome.kind === 'refused' && outcome.by && outcome.refusal.code === 'insufficient_scope') {
        usage.recordRefused(outcome.by.token, context.clock())
      }
      writeResponse(request, response, outcome, {
        protocol,
        requirement: compiled.requirement,
        original,
        settings,
      })
    } catch (error) {
      const result = fail(response, context, error)
      counters.checks.add(result, 'none')
      counters.tallies.of(service, result).count++
    }
    counters.checkSeconds.record((performance.now() - started) / 1000)
  }

  let served = 0
  let taught = Number.NEGATIVE_INFINITY
  function answerAtOnce(quick: QuickCheck, whole: () => IncomingMessage | undefined): Answer | undefined {
    const answer = responses.answer(quick)
    // Refusals teach nothing: see locationLearner.
    if (answer?.status === 200 && ++served % CACHED_PER_LESSON === 0) teach(whole)
    return answer
  }

  function teach(whole: () => IncomingMessage | undefined): void {
    const now = performance.now()
    if (now - taught < LESSON_INTERVAL) return
    taught = now
    const request = whole()
    const asked = request && parseAuthRequest(request, scheme)
    if (asked) learn(asked.query, asked.original.url)
  }

  function handle(request: IncomingMessage, response: AnswerWriter): boolean {
    const quick = responses.quickCheckOf(request)
    const answer = quick && answerAtOnce(quick, () => request)
    if (answer) {
      writeAnswer(response, answer)
      return true
    }
    return begin(request, response, sheds)
  }

  function begin(request: IncomingMessage, response: AnswerWriter, isShed = () => false): boolean {
    const anonymous = parseAnonymousRequest(request)
    const authRequest = anonymous ? undefined : parseAuthRequest(request, scheme)
    const protocol = anonymous ?? authRequest?.protocol
    if (!protocol) return false
    if (!takesMethod(protocol, request, response)) return true
    if (!authRequest) passAnonymously(request, response, protocol, settings)
    else if (isShed()) refuse((answer) => writeAnswer(response, answer))
    else {
      crowd.enter()
      void check(authRequest, request, response).finally(() => crowd.leave(performance.now()))
    }
    return true
  }

  /** Lookups of junk wait for a second: a flood of it takes no place from other checks. */
  const sheds = () => crowd.sheds(performance.now(), context.unsealedKeys.waiting)
  const refuse = (send: (answer: Answer) => void) => {
    noteShed(context)
    inTurn(() => send(SHED))
  }
  function shed(target: string, send: (answer: Answer) => void): boolean {
    if (!protocolOf(target) || !sheds()) return false
    refuse(send)
    return true
  }

  return Object.assign(handle, {
    answerAtOnce,
    shed,
    begin: (request: IncomingMessage, response: AnswerWriter) => begin(request, response),
    flushLog: () => log.flush(),
  })
}

/** The answer to a check that was not begun. Ten times what can be done may come, so that it is made once. */
const SHED: Answer = {
  status: 503,
  head: headOf({ 'Retry-After': '1', 'Cache-Control': 'no-cache, no-store', 'Content-Length': 0 }),
  body: '',
}

/** Counts a check that is not begun: others wait for the stores already. */
function noteShed({ counters, outages, settings }: Context): void {
  counters.shed.add('check')
  outages.warn('Check shed', `${settings.limits.slowChecks} others wait for a store`)
}

/** Checks use GET, but for Envoy's, which use the method of the original request. */
function takesMethod({ ownMethod }: ProxyProtocol, request: IncomingMessage, response: AnswerWriter): boolean {
  if (!ownMethod || request.method === 'GET') return true
  end(response, 405, { Allow: 'GET' })
  return false
}

/** Answers `/ingress/anonymous`: every request passes, but none of our tokens is forwarded. */
function passAnonymously(
  request: IncomingMessage,
  response: AnswerWriter,
  protocol: ProxyProtocol,
  settings: Settings,
): void {
  const remainder = stripCredentials(request.headersDistinct, settings)
  end(response, 200, toService(protocol, { Anonymous: 'true' }, remainder))
}

/** Answers an error: 503 if a store is unavailable, 500 for an unusable entry of the user or a defect. None admits the request. */
function fail(response: AnswerWriter, { log, outages }: Context, error: unknown): 'unavailable' | 'failed' {
  const outage = isUnavailable(error)
  const unusable = error instanceof UnusableUser
  if (outage) outages.warn('Check failed, store unavailable', error)
  else if (unusable) log.warn({ cause: error.message }, 'Check failed, user entry not usable')
  else log.error({ err: error }, 'Check failed')
  if (response.headersSent) response.end()
  else if (unusable)
    sendJson(response, 500, { 'Cache-Control': 'no-cache, no-store' }, errorBody(new Refusal('user_info_failed')))
  else if (outage) end(response, 503, { ...RETRY_AFTER, 'Cache-Control': 'no-cache, no-store' })
  else end(response, 500, { 'Cache-Control': 'no-cache, no-store' })
  return outage ? 'unavailable' : 'failed'
}
