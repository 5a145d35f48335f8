import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose'
import type { Context } from '../../storage/context.js'

/** What a sealed text is for: one that was sealed for another purpose is none. */
type Purpose = 'form' | 'flow' | 'kept'

/**
 * Seals what a browser carries for us (a JWE, RFC 7516): nobody can make one up, and neither the browser's owner nor
 * whoever copies their cookies learns what is in it.
 *
 * @param lifetime in seconds
 */
export function seal(
  { clock, keys }: Context,
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

/** What was sealed; nothing when it is out of date, made up, or sealed for something else. */
export async function unseal(
  { clock, keys }: Context,
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
      // Sealed with another key, perhaps with the next.
    }
  }
  return undefined
}
