import { Refusal } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import { decisionSteps, type ExplainedToken, type Step, step } from '../core/explain/steps.js'
import type { EpochSeconds } from '../core/time.js'
import { openProgramGate } from '../ingress/program-gate.js'
import { requestQuota } from '../ingress/rate-limiter.js'
import type { Context } from '../storage/context.js'

/** A request that is explained: it was refused, or may be sent. */
export interface ExplainedRequest {
  /** Absolute; absent where only a requirement is explained. */
  readonly url?: string
  readonly method: string
  /** Of the client. */
  readonly address?: string | undefined
  readonly at: EpochSeconds
}

/** A token that is judged, and its owner's groups, by which quotas are given. */
export interface JudgedToken extends ExplainedToken {
  readonly groups?: readonly string[]
}

/** Judges a token at a location, as the check would; nothing is counted, delegated or recorded. */
export async function judge(
  context: Context,
  required: Requirement,
  token: JudgedToken,
  request: ExplainedRequest,
): Promise<Step[]> {
  const { baseUrl } = context.settings
  const host = request.url === undefined ? {} : { host: new URL(request.url).hostname }
  const place = { baseHost: baseUrl.hostname, address: request.address, ...host }
  return [
    ...decisionSteps({ required, token, place }, request.at),
    ...(await programStep(context, required, token, request)),
    ...(await quotaStep(context, required, token)),
  ]
}

async function programStep(
  context: Context,
  required: Requirement,
  token: JudgedToken,
  { url, method, at }: ExplainedRequest,
): Promise<Step[]> {
  if (!required.programs) return []
  const then = { ...context, clock: () => at }
  const original = { method, ...(url !== undefined && { url }), missing: { early: [], late: [] } }
  const gate = await openProgramGate(then, required, original)
  if (gate instanceof Refusal) return [step('program', { is: 'refused', code: gate.code }, gate)]
  if ('type' in gate)
    return [step('program', { is: 'misconfigured', message: gate.msg }, new Refusal('internal_error'))]
  if (!gate.exclusive) return [step('program', { is: 'dataPublic' })]
  const judged = await gate.exclusive.judge(token)
  const refusal = judged instanceof Refusal ? judged : undefined
  return [step('program', refusal ? { is: 'refused', code: refusal.code } : { is: 'dataShared' }, refusal)]
}

async function quotaStep(context: Context, { service }: Requirement, { groups }: JudgedToken): Promise<Step[]> {
  if (service === undefined) return []
  const allowed = await requestQuota(context, groups, service)
  if (allowed === undefined) return []
  if (allowed === 0) return [step('quota', { is: 'quotaBlocks', service }, new Refusal('quota_blocked'))]
  return [step('quota', { is: 'quotaAdmits', requests: allowed })]
}
