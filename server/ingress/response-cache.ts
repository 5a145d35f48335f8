import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { CARRIERS, type Identified } from '../authn/authenticate-request.js'
import type { AddressReader } from '../authn/client-address.js'
import { Refusal } from '../core/access/refusal.js'
import type { CompiledRequirement, Requirement } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token/token.js'
import type { Remembered } from '../storage/cache/cached-token.js'
import type { Context } from '../storage/context.js'
import { opens } from '../tokens/authenticate.js'
import { recallNow } from '../tokens/resolve.js'
import type { Uses } from '../tokens/usage-recorder.js'
import { isLasting, lastsUntil } from './cacheable.js'
import type { Question, Surface } from './proxy-protocols.js'
import type { RateLimiter } from './rate-limiter.js'
import { type Glance, glanceAt } from './raw-headers.js'
import { logOutcome } from './record-outcome.js'
import { admission, carried, type Of } from './response.js'
import { NO_REMAINDER, strip } from './strip-credentials.js'

/** A location, as its proxy asks for it. */
interface Place {
  readonly surface: Surface
  readonly requirement: Requirement
}

/** Who is asking, as far as is remembered. */
interface Known {
  readonly source: Identified['source']
  readonly token: Remembered
}

/** What was answered when a token was admitted to a place. */
interface Answer {
  readonly place: Place
  /** Names and values in turn, without what is left of the client's own credentials. */
  readonly headers: string[]
  /** From this instant on the check may come to something else. */
  readonly until: EpochSeconds
  /** The quota overrides that did not limit it. */
  readonly edition: number
  /** The token that was delegated: with its end the next one is due. */
  readonly child?: TokenKey
}

interface Tools {
  readonly uses: Uses
  readonly limiter: RateLimiter
  readonly log: Logger
  readonly addressOf: AddressReader
}

/** More than the locations of any site. */
const MOST_PLACES = 1000

/**
 * Answers that stand: an admission is worked out once for a token and a location, kept with the remembered token, and lost
 * with it. A check that finds one waits for nothing and builds nothing. Whatever is not exactly so is left to the whole
 * check, which comes to the same.
 */
export class StandingAnswers {
  readonly #context: Context
  readonly #tools: Tools
  readonly #recall: ReturnType<typeof recallNow>
  /** By the whole address that the proxy asks at; there is one for each location. */
  readonly #places = new Map<string, Place>()
  readonly #isLogging: boolean

  constructor(context: Context, tools: Tools) {
    this.#context = context
    this.#tools = tools
    this.#recall = recallNow(context)
    this.#isLogging = tools.log.isLevelEnabled('debug')
  }

  /** Answers if it can; false: nothing has happened. */
  give(request: IncomingMessage, response: ServerResponse): boolean {
    const place = this.#places.get(request.url ?? '')
    if (!place || request.method !== 'GET') return false
    const asked = performance.now()
    const seen = glanceAt(request.rawHeaders)
    if (!seen || !isOrdinary(place.surface, seen)) return false
    const now = this.#context.clock()
    const by = this.#identify(seen, place.requirement, now)
    const answer = by && this.#answerFor(by.token, place, now)
    if (!by || !answer) return false
    const { record } = by.token
    const address = this.#tools.addressOf(request, seen.forwardedFor ?? '')
    this.#tools.uses.note(record, now, address, seen.userAgent)
    if (this.#isLogging) this.#logAdmission({ source: by.source, token: record }, place, seen, address)
    response.writeHead(200, isAlone(seen) ? answer.headers : [...answer.headers, ...this.#leftOver(seen, place)])
    response.end()
    const { counts } = this.#context
    counts.checks.add('admitted', by.source)
    counts.checkSeconds.record((performance.now() - asked) / 1000)
    return true
  }

  /** Keeps what the whole check has come to, if that holds for the next one, too. */
  keep(request: IncomingMessage, { surface }: Question, { requirement }: CompiledRequirement, outcome: Of<'admitted'>) {
    const token = this.#remembered(outcome.by.token.key)
    const child = outcome.delegated && this.#remembered(outcome.delegated.key)
    const { limiter } = this.#tools
    if (token?.record !== outcome.by.token || !isLasting(requirement) || surface.namesRemoved) return
    if (outcome.limit || !limiter.isUnlimited(token.record, requirement.service)) return
    if (outcome.delegated && !child) return
    const place = this.#placeOf(request.url ?? '', surface, requirement)
    const answer: Answer = {
      place,
      headers: flat({ ...admission(outcome, place, NO_REMAINDER), 'Content-Length': 0 }),
      until: Math.min(
        lastsUntil(token.record, requirement),
        child ? lastsUntil(child.record, requirement) : Number.POSITIVE_INFINITY,
      ),
      edition: limiter.edition(),
      ...(child && { child: child.record.key }),
    }
    const others = (token.answers as readonly Answer[]).filter((each) => each.place !== place)
    this.#context.memory.keepAnswers(token, [answer, ...others])
  }

  #placeOf(url: string, surface: Surface, requirement: Requirement): Place {
    const known = this.#places.get(url)
    if (known?.requirement === requirement) return known
    const place = { surface, requirement }
    if (this.#places.size >= MOST_PLACES) this.#places.clear()
    this.#places.set(url, place)
    return place
  }

  /** The same as the whole check finds, in the same order; nothing when that takes more than memory. */
  #identify(seen: Glance, { allowCookies }: Requirement, now: EpochSeconds): Known | undefined {
    for (const { isCookie, read } of CARRIERS) {
      if (isCookie && (!allowCookies || seen.cookie === undefined)) continue
      for (const carried of read(seen, this.#context.settings)) {
        if (carried === undefined) continue
        if (carried instanceof Refusal) return undefined
        const token = this.#recall(carried.token.key)
        if (token === undefined) return undefined
        if (token !== 'unknown' && opens(carried.token, token, now)) return { source: carried.source, token }
        if (!isCookie) return undefined
      }
    }
    return undefined
  }

  #answerFor(token: Remembered, place: Place, now: EpochSeconds): Answer | undefined {
    for (const answer of token.answers as readonly Answer[]) {
      if (answer.place !== place) continue
      const stands = now < answer.until && answer.edition === this.#tools.limiter.edition()
      return stands && this.#isThere(answer.child) ? answer : undefined
    }
    return undefined
  }

  #isThere(child: TokenKey | undefined): boolean {
    return child === undefined || this.#remembered(child) !== undefined
  }

  #remembered(key: TokenKey): Remembered | undefined {
    const found = this.#recall(key)
    return found === 'unknown' ? undefined : found
  }

  /** What of the client's own credentials may go on. */
  #leftOver({ authorization, cookie }: Glance, { surface, requirement }: Place): readonly string[] {
    const lines = { authorization: linesOf(authorization), cookie: linesOf(cookie) }
    const remainder = strip(lines, this.#context.settings.tokenCookies)
    return flat(carried(surface, requirement.useAuthorization ? { ...remainder, authorization: [] } : remainder))
  }

  #logAdmission(by: Identified, { requirement }: Place, { originalUrl }: Glance, address: string | undefined): void {
    const original = { ...(originalUrl !== undefined && { url: originalUrl }), missing: { early: [], late: [] } }
    logOutcome(this.#tools.log, { kind: 'admitted', by }, requirement, original, address)
  }
}

/** Whether the header that the token came in is all that there is: then nothing of it goes on. */
function isAlone({ authorization, cookie }: Glance): boolean {
  if (cookie === undefined) return true
  return authorization === undefined && !cookie.includes(';')
}

/** Whether a proxy has said what it must, of a request that is no OPTIONS. */
function isOrdinary({ statuses }: Surface, { originalMethod, originalUrl, forwardedMethod }: Glance): boolean {
  if (statuses === 'true') return forwardedMethod !== 'OPTIONS'
  return originalMethod !== undefined && originalMethod !== 'OPTIONS' && originalUrl !== undefined
}

const linesOf = (line: string | undefined): readonly string[] => (line === undefined ? [] : [line])

function flat(headers: OutgoingHttpHeaders): string[] {
  const words = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, String(each)]),
  )
  // A list that has grown has room for more.
  return words.slice()
}
