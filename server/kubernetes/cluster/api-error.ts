import { z } from 'zod'

const status = z.looseObject({ reason: z.string().optional(), message: z.string().optional() })

/** The API server's refusal of a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** `Conflict`, `Forbidden`, `Expired`. */
  readonly reason: string

  constructor(code: number, body: unknown) {
    const { reason = '', message = `the API server answered ${code}` } = status.safeParse(body).data ?? {}
    super(message)
    this.status = code
    this.reason = reason
  }

  /** Whether the same request will be refused until an object, a right or a definition changes. */
  get isLasting(): boolean {
    return [400, 403, 404, 405, 422].includes(this.status)
  }
}

/** Whether what was asked for is not there: the object, or its kind. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}
