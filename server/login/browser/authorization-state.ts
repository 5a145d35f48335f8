import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { HOUR } from '../../core/time.js'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { cookieOptions } from './cookie-options.js'
import { type SealingContext, seal, unseal } from './sealed-cookie.js'

/** The state of a sign-in that is under way at a provider. */
export interface AuthorizationState {
  /** The provider's `id`. */
  readonly provider: string
  readonly state: string
  /** The return URL as it was received; it is validated again when the browser comes back. */
  readonly rd: string
  /** The user who signs in again; absent: any user signs in. */
  readonly again?: string
  /** The provider's own state: PKCE verifier, nonce. */
  readonly secrets: Readonly<Record<string, string>>
}

type StateContext = SealingContext & Pick<Context, 'settings'>

/** Long enough for a password, a second factor and an enrollment. */
export const STATE_LIFETIME = HOUR
/** Bytes for one state, and for all that a browser has under way: every request to the site carries them. */
const MAX_STATE_LENGTH = 2000
const MAX_TOTAL_LENGTH = 4000
/** Characters of the state in the cookie's name: enough to distinguish tabs. */
const MARK = 8

/**
 * Saves the state in a sealed cookie of its own, so that several tabs can sign in at once.
 *
 * Attack: a link with the attacker's code and state would sign the victim in as the attacker (login CSRF, RFC 6749 §10.12).
 * The victim's browser has no cookie for that state.
 */
export async function saveAuthorizationState(
  context: StateContext,
  request: Request,
  response: Response,
  flow: AuthorizationState,
): Promise<void> {
  const { settings } = context
  const options = cookieOptions(settings, 'login')
  const whole = await seal(context, 'flow', { ...flow }, STATE_LIFETIME)
  // A return URL that long is dropped: the user starts at the token list.
  const sealed =
    whole.length <= MAX_STATE_LENGTH ? whole : await seal(context, 'flow', { ...flow, rd: '' }, STATE_LIFETIME)
  let total = sealed.length
  for (const { name, length } of await statesOf(context, request)) {
    total += length
    if (total > MAX_TOTAL_LENGTH) response.clearCookie(name, options)
  }
  response.cookie(cookieName(settings, flow.state), sealed, { ...options, maxAge: STATE_LIFETIME * 1000 })
}

/** Returns the saved state if this browser has it, and clears it: a callback that is repeated does not sign in. */
export async function consumeAuthorizationState(
  context: StateContext,
  request: Request,
  response: Response,
  state: string,
): Promise<AuthorizationState | undefined> {
  const name = cookieName(context.settings, state)
  const sealed = parseCookie(request.headers.cookie ?? '')[name]
  if (sealed === undefined) return undefined
  response.clearCookie(name, cookieOptions(context.settings, 'login'))
  const flow = (await unseal(context, 'flow', sealed)) as (AuthorizationState & object) | undefined
  return flow && equalInConstantTime(flow.state, state) ? flow : undefined
}

/** Lists the states of a browser, newest first; those that cannot be unsealed last. */
async function statesOf(
  context: StateContext,
  request: Request,
): Promise<{ name: string; length: number; begun: number }[]> {
  const prefix = cookieName(context.settings, '')
  const cookies = Object.entries(parseCookie(request.headers.cookie ?? '')).filter(([name]) => name.startsWith(prefix))
  const flows = cookies.map(async ([name, sealed]) => ({
    name,
    length: sealed?.length ?? 0,
    begun: (await unseal(context, 'flow', sealed))?.iat ?? 0,
  }))
  return (await Promise.all(flows)).sort((one, other) => other.begun - one.begun)
}

/** Our states have letters, digits, `-` and `_` only; the name for any other matches no cookie. */
function cookieName({ cookies }: Settings, state: string): string {
  return `${cookies.login}-${state.slice(0, MARK)}`
}
