import { z } from 'zod'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { EpochSeconds } from '../../core/time.js'

const data = z.record(z.string(), z.string())
const status = z.looseObject({
  tokenKey: z.string().optional().catch(undefined),
  lastUsed: z.string().optional().catch(undefined),
})

/** The text that a Secret has under a key. */
export function secretText(secret: StandingObject, key: string): string | undefined {
  const encoded = data.safeParse(secret.data).data?.[key]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

/** The key of the token that a status names. */
export function statusKey(resource: StandingObject): string | undefined {
  return status.safeParse(resource.status ?? {}).data?.tokenKey
}

/** The last use that a status names. */
export function statusLastUsed(resource: StandingObject): EpochSeconds | undefined {
  const at = Date.parse(status.safeParse(resource.status ?? {}).data?.lastUsed ?? '')
  return Number.isNaN(at) ? undefined : at / 1000
}
