import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { Secret } from '../core/token/secret.js'
import { splitAuthorization } from './authorization-header.js'

/** What a user typed into a client's dialog. */
export interface UserAndPassword {
  readonly username: string
  readonly password: Secret
}

const form = z.object({ username: z.string(), password: z.string() })

/**
 * Reads user name and password from a form, or from `Authorization: Basic`; undefined without them. A password is taken as it is:
 * its spaces count, unlike those around a token.
 */
export function readUserAndPassword(headers: IncomingHttpHeaders, body: unknown): UserAndPassword | undefined {
  const { data } = form.safeParse(body)
  if (data) return { username: data.username.trim(), password: new Secret(data.password) }
  const { scheme, rest } = splitAuthorization(headers.authorization ?? '')
  const pair = scheme.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString('utf8') : ''
  const colon = pair.indexOf(':')
  if (colon < 0) return undefined
  return { username: pair.slice(0, colon).trim(), password: new Secret(pair.slice(colon + 1)) }
}
