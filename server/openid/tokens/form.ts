import { Readable } from 'node:stream'
import express, { type Request } from 'express'

/** Reads a form, and gives it back for the provider, which reads its forms by itself. */
export const readForm = express.urlencoded({
  extended: false,
  limit: '8kb',
  verify: (request, _response, raw) => {
    const again = Readable.from([raw])
    Object.defineProperties(request, {
      readable: { get: () => again.readable },
      iterator: { value: (options?: { destroyOnReturn?: boolean }) => again.iterator(options) },
    })
  },
})

/** A field of a form as one text; nothing when it is absent, or was sent twice (RFC 6749 §3.2). */
export function fieldOf(request: Request, name: string): string {
  const body: unknown = request.body
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : ''
}
