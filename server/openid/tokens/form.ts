import type { Request } from 'express'

/** A field of a form as one text; nothing when it is absent, or was sent twice (RFC 6749 §3.2). */
export function fieldOf(request: Request, name: string): string {
  const body: unknown = request.body
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : ''
}
