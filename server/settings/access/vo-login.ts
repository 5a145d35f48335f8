import { z } from 'zod'
import { HOUR, MINUTE } from '../../core/time.js'
import { duration, httpUrl } from '../values.js'

/** The login that programs of the Virtual Observatory find in challenges (IVOA AuthVO). */
export const voLoginSchema = z
  .strictObject({
    cookie: z
      .boolean()
      .default(false)
      .describe(
        'Whether locations with `auth_type=both` offer `ivoa_cookie`; TOPCAT and STILTS from 3.5 on prefer it to Basic',
      ),
    bearer: z
      .boolean()
      .default(false)
      .describe(
        'The same for `ivoa_bearer`, which STILTS takes only with `-Dauth.schemes`; the token works from the network of the login alone',
      ),
    discoveryUrl: httpUrl
      .optional()
      .describe('The OpenID Connect discovery document that `ivoa_bearer` names; none when not given'),
    lifetime: duration
      .refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes, such as 8h')
      .default(8 * HOUR)
      .describe('How long its token lasts at most, and half as long at least; at least 10m'),
  })
  .refine(({ bearer, discoveryUrl }) => bearer || discoveryUrl === undefined, {
    path: ['discoveryUrl'],
    message: 'is part of the challenge ivoa_bearer: set bearer, too',
  })
