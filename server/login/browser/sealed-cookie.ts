import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose'
import type { Context } from '../../storage/context.js'

/** The audience of a sealed value: one that was sealed for another purpose is rejected. Browsers hold these names. */
type Purpose = 'form' | 'flow' | 'kept' | 'device' | 'step' | 'form-kept' | 'passkey' | 'saml'

/** The part of a context that seals and unseals. */
export type SealingContext = Pick<Context, 'clock' | 'keys'>

/**
 * Seals a value for a cookie as a JWE (RFC 7516). A client can neither forge it nor read it.
 *
 * @param lifetime in seconds
 */
export function seal(
  { clock, keys }: SealingContext,
  purpose: Purpose,
  content: JWTPayload,
  lifetime: number,
): Promise<string> {
  const now = clock()
  return new EncryptJWT(content)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setAudience(purpose)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .encrypt(keys.cookies[0])
}

/** Unseals a cookie's value; undefined if it is expired, forged, or sealed for another purpose. */
export async function unseal(
  { clock, keys }: SealingContext,
  purpose: Purpose,
  sealed: string | undefined,
): Promise<JWTPayload | undefined> {
  if (!sealed) return undefined
  for (const key of keys.cookies) {
    try {
      const { payload } = await jwtDecrypt(sealed, key, {
        audience: purpose,
        currentDate: new Date(clock() * 1000),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return payload
    } catch {
      // It may have been sealed with an older key: try the next.
    }
  }
  return undefined
}
