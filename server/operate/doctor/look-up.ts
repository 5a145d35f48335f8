import { EMBEDDED_RELEASE } from '../../embedded/postgres-release.js'
import type { Context } from '../../storage/context.js'
import { emergencyAccounts } from '../../storage/postgres/accounts.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { evictionPolicy } from '../../storage/redis/eviction.js'
import type { Facts } from './findings.js'
import { lookUpIssuers } from './trusted-issuers.js'

/** Looks up the facts that the doctor judges. */
export async function lookUpFacts({ settings, postgres, redis, clock }: Context): Promise<Facts> {
  const [version, info, policy, lockdown, emergency, issuers] = await Promise.all([
    postgres.pool.query<{ server_version: string }>('SHOW server_version'),
    redis.info('server'),
    evictionPolicy(redis),
    readLockdown(postgres),
    emergencyAccounts(postgres.prisma),
    lookUpIssuers(settings.trustedIssuers),
  ])
  const [, product = 'redis', number = 'unknown'] = /^(valkey|redis)_version:(\S+)/m.exec(info) ?? []
  return {
    now: clock(),
    baseUrl: settings.baseUrl,
    postgres: version.rows[0]?.server_version ?? 'unknown',
    ...(!settings.databaseUrl && { embedded: EMBEDDED_RELEASE }),
    redis: `${product} ${number}`,
    ...(policy !== undefined && { evictionPolicy: policy }),
    ...(lockdown && { lockdown }),
    emergency,
    issuers,
    hasWebhook: settings.alertWebhook !== undefined,
    hasInternalListener: settings.internalListen !== undefined,
  }
}
