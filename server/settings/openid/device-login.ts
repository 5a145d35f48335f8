import { z } from 'zod'

/** Programs without a browser that their users sign in with a code (RFC 8628). It needs no `oidcServer`. */
export const deviceLoginSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether users may sign programs in by a code that they type at `/auth/device`'),
  registration: z
    .boolean()
    .default(false)
    .describe('Whether clients of `oidcServer` may register themselves for that, as `canfar` does (RFC 7591)'),
})
