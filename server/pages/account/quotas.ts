import { type Quota, quotaFor } from '../../core/access/quota.js'
import type { Group } from '../../core/token/record.js'
import type { Context } from '../../storage/context.js'
import { countedRequests } from '../../storage/redis/quota-counters.js'
import { isUnavailable } from '../../storage/unavailable.js'

/** A user's limits, and how far they are used up. */
export interface ShownQuotas {
  /** Requests a minute; `used` is absent while Redis does not answer. */
  readonly requests: readonly { readonly service: string; readonly limit: number; readonly used?: number }[]
  readonly notebook?: Quota['notebook']
  /** Queries at once, by service. */
  readonly tap: readonly { readonly service: string; readonly concurrent: number }[]
  /** Bytes, by mount. */
  readonly disk: readonly { readonly mount: string; readonly bytes: number }[]
}

/** Reads the quotas of a user; undefined for a user without quotas. Counting nothing, it uses nothing up. */
export async function shownQuotas(
  { settings, redis, quotaCache }: Pick<Context, 'settings' | 'redis' | 'quotaCache'>,
  username: string,
  groups: readonly Group[],
): Promise<ShownQuotas | undefined> {
  const names = groups.map(({ name }) => name)
  const quota = quotaFor(names, settings.quota, (await quotaCache.get()).quotas)
  if (!quota) return undefined
  const requests = await Promise.all(
    Object.entries(quota.api).map(async ([service, limit]) => {
      const used = await usedOf(() => countedRequests(redis, username, { service, limit }))
      return { service, limit, ...(used !== undefined && { used: Math.min(used, limit) }) }
    }),
  )
  const shown = {
    requests,
    ...(quota.notebook && { notebook: quota.notebook }),
    tap: Object.entries(quota.tap).map(([service, { concurrent }]) => ({ service, concurrent })),
    disk: Object.entries(quota.disk).map(([mount, bytes]) => ({ mount, bytes })),
  }
  const isEmpty = shown.requests.length + shown.tap.length + shown.disk.length === 0 && !shown.notebook
  return isEmpty ? undefined : shown
}

async function usedOf(count: () => Promise<number>): Promise<number | undefined> {
  try {
    return await count()
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}
