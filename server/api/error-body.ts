import type { Response } from 'express'
import type { z } from 'zod'
import { noteForAudit } from '../authn/audit-refusals.js'
import { REFUSALS, Refusal, type RefusalCode } from '../core/access/refusal.js'

/** One entry of `detail`, as FastAPI and so Gafaelfawr send it. */
export interface Detail {
  readonly loc?: readonly (string | number)[]
  readonly msg: string
  readonly type: string
  readonly input?: unknown
  readonly ctx?: Readonly<Record<string, unknown>>
}

/** The location of a refusal's mistake, for refusals of one field. */
const LOCATION: Partial<Record<RefusalCode, readonly string[]>> = {
  duplicate_token_name: ['body', 'token_name'],
  invalid_expires: ['body', 'expires'],
  invalid_scopes: ['body', 'scopes'],
  invalid_name: ['body', 'token_name'],
  invalid_csrf: ['header', 'X-CSRF-Token'],
  invalid_email: ['path', 'email'],
}

/** Sends a list of mistakes. */
export function sendDetails(response: Response, status: number, detail: readonly Detail[]): void {
  response.status(status).set('Cache-Control', 'no-cache, no-store').json({ detail })
}

/** Sends a refusal. An unknown route or method has a bare text as `detail`. */
export function sendRefusal(response: Response, refusal: Refusal, loc = LOCATION[refusal.code]): void {
  const { code, status } = refusal
  noteForAudit(response, { code })
  if ((code === 'not_found' && loc === undefined) || code === 'method_not_allowed') {
    response.status(status).set('Cache-Control', 'no-cache, no-store').json({ detail: REFUSALS[code].sentence })
    return
  }
  sendDetails(response, status, [{ ...(loc && { loc }), msg: refusal.message, type: refusal.type }])
}

/** Lists a schema's complaints in pydantic's words, which Gafaelfawr's clients know. */
export function detailsOf(error: z.ZodError, place: 'body' | 'query' | 'path', input: unknown): Detail[] {
  return error.issues.flatMap((issue): Detail[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        loc: [place, ...pathOf(issue), key],
        msg: 'Extra inputs are not permitted',
        type: 'extra_forbidden',
        input: valueAt(input, [...issue.path, key]),
      }))
    }
    const value = valueAt(input, issue.path)
    return [{ loc: [place, ...pathOf(issue)], ...wordsFor(issue, value), ...(value !== undefined && { input: value }) }]
  })
}

function pathOf(issue: z.core.$ZodIssue): (string | number)[] {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], input)
}

const KINDS: Readonly<Record<string, readonly [type: string, msg: string]>> = {
  string: ['string_type', 'Input should be a valid string'],
  int: ['int_type', 'Input should be a valid integer'],
  number: ['int_type', 'Input should be a valid integer'],
  array: ['list_type', 'Input should be a valid list'],
  object: ['model_attributes_type', 'Input should be a valid dictionary or object to extract fields from'],
  boolean: ['bool_type', 'Input should be a valid boolean'],
}

function wordsFor(issue: z.core.$ZodIssue, value: unknown): Pick<Detail, 'type' | 'msg' | 'ctx'> {
  if (value === undefined && issue.code === 'invalid_type') return { type: 'missing', msg: 'Field required' }
  if (issue.code === 'invalid_type') {
    const [type, msg] = KINDS[issue.expected] ?? ['value_error', issue.message]
    // A body that is no JSON is null here; most often the client has not said that it is.
    const isUnread = value === null && issue.path.length === 0
    return { type, msg, ...(isUnread && { ctx: { expected: 'Content-Type: application/json' } }) }
  }
  if (issue.code === 'too_small' && issue.origin === 'string') {
    const { minimum } = issue
    const msg = `String should have at least ${minimum} character${minimum === 1 ? '' : 's'}`
    return { type: 'string_too_short', msg, ctx: { min_length: Number(minimum) } }
  }
  if (issue.code === 'too_big' && issue.origin === 'string') {
    const msg = `String should have at most ${issue.maximum} characters`
    return { type: 'string_too_long', msg, ctx: { max_length: Number(issue.maximum) } }
  }
  if (issue.code === 'too_small') {
    const { minimum } = issue
    const msg = `Input should be greater than or equal to ${minimum}`
    return { type: 'greater_than_equal', msg, ctx: { ge: Number(minimum) } }
  }
  if (issue.code === 'invalid_value') {
    const quoted = issue.values.map((each) => `'${String(each)}'`)
    const expected = `${quoted.slice(0, -1).join(', ')}${quoted.length > 1 ? ' or ' : ''}${quoted.at(-1)}`
    return { type: 'enum', msg: `Input should be ${expected}`, ctx: { expected } }
  }
  if (issue.code === 'invalid_format') return { type: 'string_pattern_mismatch', msg: issue.message }
  if (issue.code === 'custom' && typeof issue.params?.pattern === 'string') {
    const { pattern } = issue.params
    return { type: 'string_pattern_mismatch', msg: issue.message, ctx: { pattern } }
  }
  return { type: 'value_error', msg: issue.message }
}

/** Sends the refusal for a token that the user does not have. */
export function sendNoSuchToken(response: Response): void {
  sendRefusal(response, new Refusal('not_found', 'Token not found'), ['path', 'key'])
}
