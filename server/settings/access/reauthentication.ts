import { z } from 'zod'
import { MINUTE } from '../../core/time.js'
import { durationOrOff } from '../values.js'

/** How long ago the user of a session may have signed in for acts that outlive it, or that change what others may do. */
export const reauthenticationSchema = z.strictObject({
  administrators: durationOrOff(MINUTE, '1 minute')
    .prefault('15m')
    .describe(
      'For sessions with an `admin:*` scope, at least 1m: tokens that last longer than a year, administer the site or are for others; rotating and editing tokens; revoking those of others; access to data; quotas; clients; accounts; lockdown; for all users, passkeys',
    ),
  users: durationOrOff(MINUTE, '1 minute')
    .prefault('off')
    .describe('For other sessions and the same acts, and for every session that creates any other token, at least 1m'),
})
