import { z } from 'zod'

/** One thing that Postern found wrong. */
export interface ErrorDetail {
  /** Where: `['body', 'token_name']`. */
  readonly loc?: readonly (string | number)[] | undefined
  readonly msg: string
  readonly type?: string | undefined
}

const entry = z.object({
  loc: z.array(z.union([z.string(), z.number()])).optional(),
  msg: z.string(),
  type: z.string().optional(),
})

/** A list of what is wrong; one thing by itself, as for missing credentials; or bare words, as for an unknown route. */
const errorBody = z.object({
  detail: z.union([
    z.array(entry),
    entry.transform((one) => [one]),
    z.string().transform((msg): ErrorDetail[] => [{ msg }]),
  ]),
})

const TOKEN = /gt-[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g

/**
 * A call that did not get what it asked for. No message of it holds a token, so it may be logged.
 *
 * ```ts
 * try {
 *   await postern.createToken(token, 'ada', { tokenName: 'nightly', scopes: ['read:tap'] })
 * } catch (error) {
 *   if (!(error instanceof PosternError) || error.code !== 'duplicate_token_name') throw error
 * }
 * ```
 */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  /**
   * Postern's word for it (`invalid_token`, `permission_denied`, `duplicate_token_name`, …); or `unreachable` when there
   * was no answer in time, or `unexpected_answer` when there was one that Postern does not give.
   */
  readonly code: string
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  /** The reported mistakes; empty when the response has none. */
  readonly detail: readonly ErrorDetail[]

  constructor(message: string, code: string, status?: number, detail: readonly ErrorDetail[] = []) {
    super(message)
    this.code = code
    this.status = status
    this.detail = detail
  }
}

/** The error of an answer that is no success. What is not Postern's is not repeated: it may echo the request. */
export function errorOf(call: string, status: number, body: unknown): PosternError {
  const read = errorBody.safeParse(body)
  const detail = read.success ? read.data.detail.map((each) => ({ ...each, msg: redact(each.msg) })) : []
  const words = detail.map(({ loc, msg }) => (loc ? `${loc.join('.')}: ${msg}` : msg)).join('; ')
  return new PosternError(
    `${call}: ${status} ${words}`.trimEnd(),
    detail[0]?.type ?? 'unexpected_answer',
    status,
    detail,
  )
}

/** Who takes a token for a name gets it back in a sentence. */
function redact(text: string): string {
  return text.replace(TOKEN, 'gt-[redacted]')
}
