import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { equalInConstantTime } from '../core/equal.js'
import { HOUR } from '../core/time.js'
import type { Context } from '../stores/context.js'

const COOKIE = 'postern-login'
const LIFETIME = 4 * HOUR

/**
 * What a browser carries for us while its owner signs in: a word that the form must repeat. Without it another site
 * could sign somebody in as the attacker, who then reads what the victim does there (login CSRF). It is sealed (a JWE,
 * RFC 7516), so that nobody can make one up, and is the same in all tabs, so that each of them can finish.
 */
export async function beginLogin(context: Context, request: Request, response: Response): Promise<string> {
  const known = await openState(context, request)
  if (known) return known
  const csrf = context.random(16).toString('base64url')
  const now = context.clock()
  const sealed = await new EncryptJWT({ csrf })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME)
    .encrypt(context.keys.cookies[0])
  const secure = context.settings.baseUrl.protocol === 'https:'
  response.cookie(COOKIE, sealed, { path: '/login', httpOnly: true, sameSite: 'lax', secure })
  return csrf
}

/** Whether the form was served to this browser. */
export async function loginMatches(context: Context, request: Request, presented: unknown): Promise<boolean> {
  const csrf = await openState(context, request)
  return csrf !== undefined && typeof presented === 'string' && equalInConstantTime(csrf, presented)
}

async function openState(context: Context, request: Request): Promise<string | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[COOKIE]
  if (!sealed) return undefined
  for (const key of context.keys.cookies) {
    try {
      const { payload } = await jwtDecrypt(sealed, key, {
        currentDate: new Date(context.clock() * 1000),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return typeof payload.csrf === 'string' ? payload.csrf : undefined
    } catch {
      // Sealed with another key, out of date or made up: as good as none, and the form is served anew.
    }
  }
  return undefined
}
