import { createHash } from 'node:crypto'
import type { AcceptedAssertion, SamlAssertion } from '../../../core/people/saml/assertion.js'
import { MINUTE } from '../../../core/time.js'
import type { Context } from '../../../storage/context.js'
import { STATE_LIFETIME } from '../../browser/authorization-state.js'
import { seal, unseal } from '../../browser/sealed-cookie.js'

/** Seconds between a form and the redirect that it is answered with. */
const LIFETIME = 2 * MINUTE

/** An assertion that was accepted, before it is known whether the browser that brought it asked for it. */
export interface PendingAnswer
  extends AcceptedAssertion,
    Pick<SamlAssertion, 'id' | 'issuer' | 'nameId' | 'attributes'> {
  /** The `id` of the provider. */
  readonly provider: string
  readonly contextClass?: string
  readonly sessionIndex?: string
}

type AnswerContext = Pick<Context, 'redis' | 'random' | 'clock' | 'keys'>

/**
 * Keeps an answer for the redirect to the page that has the browser's state. Only what a provider signed is kept, so that no client
 * fills the store. It is sealed, so that no writer of Redis makes an answer.
 *
 * @returns the handle, which takes it
 */
export async function keepAnswer(context: AnswerContext, answer: PendingAnswer): Promise<string> {
  const handle = context.random(32).toString('base64url')
  const sealed = await seal(context, 'saml', { answer }, LIFETIME)
  await context.redis.set(placeOf(handle), sealed, 'EX', LIFETIME)
  return handle
}

/* In one step, or two requests at once would both take it. */
const TAKE = `
local sealed = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return sealed`

/** Returns the answer of a handle, once. */
export async function takeAnswer(context: AnswerContext, handle: string): Promise<PendingAnswer | undefined> {
  const sealed = await context.redis.eval(TAKE, 1, placeOf(handle))
  const { answer } = (typeof sealed === 'string' && (await unseal(context, 'saml', sealed))) || {}
  return answer as PendingAnswer | undefined
}

/**
 * Consumes an assertion, in all processes; false if it was used before. Its mark outlives the state of every browser that could
 * bring the assertion again.
 *
 * Attack: a recorded response and the cookie of its sign-in are sent again (SAML Profiles §4.1.4.5).
 */
export async function consumeAssertion(
  { redis }: AnswerContext,
  { issuer, id }: Pick<SamlAssertion, 'issuer' | 'id'>,
): Promise<boolean> {
  const place = `postern:saml:used:${digest(JSON.stringify([issuer, id]))}`
  return (await redis.set(place, '1', 'EX', STATE_LIFETIME + MINUTE, 'NX')) === 'OK'
}

const placeOf = (handle: string) => `postern:saml:answer:${digest(handle)}`

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
