import { MINUTE } from '../../core/time.js'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { Context } from '../../storage/context.js'
import { seal, unseal } from '../browser/sealed-cookie.js'

/** Long enough to fetch a security key. */
const LIFETIME = 10 * MINUTE

/** The ceremony that a challenge is for. */
export type Ceremony = 'add' | 'sign-in' | 'second-factor' | 'again'

/** A form that carries a challenge. */
export interface ChallengedForm {
  readonly ceremony: Ceremony
  /** The form's CSRF token, which is in a cookie of the browser or derived from its session. */
  readonly csrf: string
}

export interface IssuedChallenge {
  /** Random, base64url. */
  readonly value: string
  /** For a field of the form. */
  readonly sealed: string
}

/** Issues a challenge for a form. Nothing is stored: visitors of the sign-in page would fill a store. */
export async function issueChallenge(context: Context, { ceremony, csrf }: ChallengedForm): Promise<IssuedChallenge> {
  const value = context.random(32).toString('base64url')
  return { value, sealed: await seal(context, 'passkey', { value, ceremony, csrf }, LIFETIME) }
}

/** Returns the challenge of a form; undefined if it is expired, of another browser, or for another ceremony. */
export async function openChallenge(
  context: Context,
  sealed: string,
  { ceremony, csrf }: ChallengedForm,
): Promise<string | undefined> {
  const content = await unseal(context, 'passkey', sealed)
  if (content?.ceremony !== ceremony || typeof content.csrf !== 'string') return undefined
  if (!equalInConstantTime(content.csrf, csrf) || typeof content.value !== 'string') return undefined
  return content.value
}

/**
 * Consumes a challenge that was answered rightly; false if it had been answered before.
 *
 * Attack: a recorded answer, with the form's fields, is sent again.
 */
export async function consumeChallenge({ redis }: Context, value: string): Promise<boolean> {
  return (await redis.set(`postern:passkey:${value}`, '1', 'EX', LIFETIME, 'NX')) === 'OK'
}
