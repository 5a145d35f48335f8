import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import { pruneDeviceLogins } from '../../storage/postgres/openid/device-logins.js'

/** For how long a device is told that its code has expired; afterwards the code is unknown. */
const TOLD_FOR = 10 * MINUTE

/** Deletes the requests of devices that were not fetched. */
export function pruneDevices({ postgres, clock }: Context): Promise<void> {
  return pruneDeviceLogins(postgres.prisma, clock() - TOLD_FOR)
}
