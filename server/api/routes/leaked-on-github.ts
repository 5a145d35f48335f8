import express, { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import { canParseUrl } from '../../core/can-parse-url.js'
import { redact } from '../../core/redact.js'
import { isSignedBy } from '../../core/token/report-signature.js'
import { ScanningKeys } from '../../login/providers/github/scanning-keys.js'
import type { Context } from '../../storage/context.js'
import type { NetworkThrottle } from '../../storage/redis/throttle.js'
import { reportLeaked } from '../../tokens/leaked/report.js'
import { sendRefusal } from '../error-body.js'

/** The path that is given to GitHub. */
const PATH = '/auth/leaked/github'

/** GitHub's report; fields that it may add are ignored. */
const found = z.array(z.object({ token: z.string(), type: z.string(), url: z.string().nullish() })).max(1000)

/**
 * Serves GitHub's secret scanning partner programme: GitHub reports the tokens that it found in public repositories, in a
 * signed body, and learns which of them were valid.
 */
export function githubReports(context: Context, throttle: NetworkThrottle): Router {
  const router = Router()
  const { githubSecretScanning: url } = context.settings
  if (!url) return router
  const keys = new ScanningKeys(url)

  async function take(request: Request, response: Response): Promise<void> {
    const body: unknown = request.body
    const refusal = Buffer.isBuffer(body) ? await refuseUnsigned(request, body) : new Refusal('malformed_request')
    if (refusal) return refuse(request, response, refusal)
    const report = found.safeParse(parseJson(String(body)))
    if (!report.success) return sendRefusal(response, new Refusal('malformed_request'))
    const labels = []
    for (const { token, type, url: place } of report.data) {
      const wasValid = await reportLeaked(context, { text: token, from: actorOf(request, 'api'), ...placeOf(place) })
      labels.push({ token_raw: token, token_type: type, label: wasValid ? 'true_positive' : 'false_positive' })
    }
    response.set('Cache-Control', 'no-store').json(labels)
  }

  async function refuseUnsigned(request: Request, body: Buffer): Promise<Refusal | undefined> {
    const identifier = request.get('Github-Public-Key-Identifier')
    const signature = request.get('Github-Public-Key-Signature')
    if (!identifier || !signature) return new Refusal('invalid_signature')
    try {
      const key = await keys.find(identifier, context.clock())
      return key && isSignedBy(key, body, signature) ? undefined : new Refusal('invalid_signature')
    } catch (error) {
      context.log.warn({ err: error }, 'Keys of secret scanning not fetched')
      return new Refusal('store_unavailable', 'The keys that verify the signature cannot be fetched')
    }
  }

  /** GitHub's own reports are never throttled: only refused ones are counted. */
  async function refuse(request: Request, response: Response, refusal: Refusal): Promise<void> {
    const wait = await throttle.count(request.ip)
    if (wait === undefined) return sendRefusal(response, refusal)
    response.set('Retry-After', String(wait))
    sendRefusal(response, new Refusal('rate_limited'))
  }

  router.post(PATH, express.raw({ limit: '1mb', type: () => true }), take)
  return router
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the address where it was found, which goes into a mail and the log. */
function placeOf(url: string | null | undefined): { place?: string } {
  return url && url.length <= 2000 && canParseUrl(url) ? { place: redact(new URL(url).href) } : {}
}
