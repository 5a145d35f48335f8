import type { Response } from 'express'
import { formatToken } from '../core/token.js'
import type { CreatedToken } from '../tokens/insert.js'

/** Answers 201 with a token that has just been made, this one time, and says where it is from now on. */
export function sendMade(response: Response, { token, record }: CreatedToken): void {
  const address = `/auth/api/v1/users/${record.username}/tokens/${token.key}`
  response
    .status(201)
    .set('Location', address)
    .json({ token: formatToken(token) })
}
