import type { Arrival } from '../../../core/access/arrival.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Answer } from './ask.js'

/** What a living site answers from outside. */
export interface SiteFacts {
  readonly url: URL
  /** When the sign-in page was answered. */
  readonly now: EpochSeconds
  /** The sign-in page, to two browsers without a cookie. */
  readonly pages: readonly [Answer, Answer]
  /** The same at `http://`; absent where the URL is not https at its usual port. */
  readonly plain?: Answer
  /** How a request with forged headers arrived; absent where Postern did not say. */
  readonly arrival?: Arrival
  /** What clients should not reach, by path. */
  readonly inside: readonly Asked[]
  /** `token-info`; absent without a token. */
  readonly token?: Answer
  readonly service?: ServiceFacts
}

export interface Asked {
  readonly path: string
  readonly answer: Answer
}

/** What a service behind a check answers. */
export interface ServiceFacts {
  readonly path: string
  /** Without a token, after the answer to the token: a cache would have that one. */
  readonly anonymous: Answer
  readonly withToken?: Answer
  /** The names of forged identity headers whose values the answer shows. */
  readonly forged?: readonly string[]
  /** Whether the answer shows the headers of its request, among which forged ones would be. */
  readonly showsHeaders?: boolean
  readonly showsToken?: boolean
  /** To a body of a few bytes, and to large ones. */
  readonly small?: Answer
  readonly large?: Answer
  readonly largeInPieces?: Answer
  /** To the opening of a WebSocket; absent where no path of one is given. */
  readonly webSocket?: Asked
}

/** The address that a forged `X-Forwarded-For` names: one of those for documents (RFC 5737). */
export const FORGED_ADDRESS = '203.0.113.77'

/** The size of a large body: more than the limits that proxies come with. */
export const LARGE_BODY = 2_000_000
