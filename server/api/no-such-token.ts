import type { Response } from 'express'
import { Refusal } from '../core/refusal.js'
import { sendRefusal } from './detail.js'

/** There is no such token, of this user. */
export function sendNoSuchToken(response: Response): void {
  sendRefusal(response, new Refusal('not_found', 'Token not found'), ['path', 'key'])
}
