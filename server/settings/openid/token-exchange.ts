import { z } from 'zod'

/** Programs that exchange a token for one that may do less (RFC 8693). It needs no `oidcServer`. */
export const tokenExchangeSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether the holder of a token may exchange it at `/auth/openid/token` for one that may do less'),
})
