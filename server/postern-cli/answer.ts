import { EXIT, Failure } from './failure.js'

export type Json = Readonly<Record<string, unknown>>

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isNumber = (value: unknown): value is number => typeof value === 'number'
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !isList(value)

/** Returns the strings of a list, and none for what is no list. */
export function textsOf(value: unknown): string[] {
  return isList(value) ? value.filter(isText) : []
}

/** What a site answered. */
export interface Answer {
  readonly site: string
  readonly status: number
  /** Parsed JSON; undefined where the answer is empty. */
  readonly body: unknown
}

/** Returns a part of an answer. Another program than Postern may answer there, with JSON of its own. */
export function partOf<T>(answer: Answer, name: string, is: (value: unknown) => value is T): T {
  const found = isObject(answer.body) ? answer.body[name] : undefined
  if (is(found)) return found
  throw new Failure(EXIT.unreachable, `${answer.site} answered without ${name}; is it the address of Postern?`)
}

/** Returns what the API says against a request, if it says it. */
export function reasonOf({ body }: Answer): string | undefined {
  const detail = isObject(body) ? body.detail : undefined
  if (isText(detail)) return detail
  if (!isList(detail)) return undefined
  return detail
    .filter(isObject)
    .map((each) => `${fieldOf(each)}${isText(each.msg) ? each.msg : ''}`)
    .join('; ')
}

function fieldOf({ loc }: Json): string {
  const place = textsOf(loc).filter((part) => !['body', 'query', 'path'].includes(part))
  return place.length > 0 ? `${place.join('.')}: ` : ''
}

/** Returns what an endpoint of OAuth says against a request (RFC 6749 §5.2). */
export function described(answer: Answer): string {
  const { error_description: description, error } = isObject(answer.body) ? answer.body : {}
  if (isText(description) && description !== '') return description
  if (isText(error) && error !== '') return error
  return reasonOf(answer) ?? `it answered ${answer.status}`
}
