import { createHash } from 'node:crypto'
import { TOLERANCE } from '../../authn/issuers/metadata.js'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import type { Verified } from './verify.js'

type Shown = Pick<Verified, 'issuer' | 'claims'>

/**
 * Marks a JWT as used, in all processes; false if it was used before. The mark outlives the JWT.
 *
 * Attack: a JWT in the log of a job, or in that of a proxy, is sent again. It is known by its `jti`, and where it has none by what
 * is signed: the signature itself may have two forms.
 *
 * @returns whether it was the first use
 */
export async function markUsed({ redis }: Context, shown: Shown, jwt: string): Promise<boolean> {
  const { iat, exp } = shown.claims
  const { maxAge } = shown.issuer
  // An end in a thousand years is no reason to remember it longer than it is taken.
  const lasts = Math.ceil(Math.min(exp - iat, maxAge)) + 2 * TOLERANCE + MINUTE
  return (await redis.set(placeOf(shown, jwt), '1', 'EX', lasts, 'NX')) === 'OK'
}

/** Gives a JWT back for which no token was made. */
export async function unmark({ redis }: Context, shown: Shown, jwt: string): Promise<void> {
  await redis.del(placeOf(shown, jwt))
}

function placeOf({ issuer, claims: { jti } }: Shown, jwt: string): string {
  const id = jti === undefined ? jwt.slice(0, jwt.lastIndexOf('.')) : String(jti)
  const digest = createHash('sha256').update(JSON.stringify([issuer.issuer, jti !== undefined, id]))
  return `postern:workload:used:${digest.digest('base64url')}`
}
