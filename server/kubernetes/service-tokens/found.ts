import { z } from 'zod'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { EpochSeconds } from '../../core/time.js'
import type { ServiceTokenState } from '../operator/parts.js'

const data = z.record(z.string(), z.string())
const status = z.looseObject({
  tokenKey: z.string().optional().catch(undefined),
  retiringKeys: z.array(z.string()).optional().catch(undefined),
  expires: z.string().optional().catch(undefined),
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

/** The keys of earlier tokens that a status names, which work on for the overlap. */
export function statusRetiring(resource: StandingObject): readonly string[] {
  return status.safeParse(resource.status ?? {}).data?.retiringKeys ?? []
}

/** The last use that a status names. */
export function statusLastUsed(resource: StandingObject): EpochSeconds | undefined {
  return secondsOf(status.safeParse(resource.status ?? {}).data?.lastUsed)
}

/** The token of a resource, for the metrics. */
export function stateOf(resource: StandingObject): ServiceTokenState {
  const { kind, metadata, status: said } = resource
  const { namespace, name } = metadata
  const { expires, lastUsed } = status.safeParse(said ?? {}).data ?? {}
  return { kind, namespace, name, expires: secondsOf(expires), lastUsed: secondsOf(lastUsed) }
}

function secondsOf(time: string | undefined): EpochSeconds | undefined {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? undefined : at / 1000
}
