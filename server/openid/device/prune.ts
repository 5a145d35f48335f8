import { REGISTERED_ITSELF } from '../../core/openid/registration.js'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import { pruneRegistered } from '../../storage/postgres/openid/clients.js'
import { pruneDeviceLogins } from '../../storage/postgres/openid/device-logins.js'

/** For how long a device is told that its code has expired; afterwards the code is unknown. */
const TOLD_FOR = 10 * MINUTE

/** Deletes the requests of devices that were not fetched, and clients that registered themselves for no user. */
export async function pruneDevices({ postgres, clock }: Context): Promise<void> {
  await pruneDeviceLogins(postgres.prisma, clock() - TOLD_FOR)
  await pruneRegistered(postgres.prisma, REGISTERED_ITSELF, clock())
}
