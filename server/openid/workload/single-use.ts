import { createHash, randomUUID } from 'node:crypto'
import { TOLERANCE } from '../../authn/issuers/metadata.js'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import { markUsed, type Use } from '../../storage/redis/used-once.js'
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
export async function markJwt({ redis }: Context, shown: Shown, use: Use): Promise<boolean> {
  const { iat, exp } = shown.claims
  const { maxAge } = shown.issuer
  // An end in a thousand years is no reason to remember it longer than it is taken.
  const lasts = Math.ceil(Math.min(exp - iat, maxAge)) + 2 * TOLERANCE + MINUTE
  return markUsed(redis, use, lasts)
}

/** Names a use of a JWT. */
export function useOf({ issuer, claims: { jti } }: Shown, jwt: string): Use {
  const id = jti === undefined ? jwt.slice(0, jwt.lastIndexOf('.')) : String(jti)
  const digest = createHash('sha256').update(JSON.stringify([issuer.issuer, jti !== undefined, id]))
  return { place: `postern:workload:used:${digest.digest('base64url')}`, by: randomUUID() }
}
