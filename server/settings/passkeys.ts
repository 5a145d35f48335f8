import { z } from 'zod'

/** Passkeys of local accounts. */
export const passkeysSchema = z.strictObject({
  requireForAdministrators: z
    .boolean()
    .default(false)
    .describe('Whether a local account that signs in without a passkey has no `admin:*` scope in its session'),
})
