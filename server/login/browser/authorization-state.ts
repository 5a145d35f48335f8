import { parseCookie } from 'cookie'
import type { CookieOptions, Request, Response } from 'express'
import { HOUR } from '../../core/time.js'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { seal, unseal } from './sealed-cookie.js'

/** A sign-in on its way to a provider and back. */
export interface AuthorizationState {
  /** The provider's `id`. */
  readonly provider: string
  readonly state: string
  /** The address to go on to, as it came: to be checked again. */
  readonly rd: string
  /** What the provider asked to remember: PKCE's verifier, the nonce. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Long enough to find a password and a second factor, and to be enrolled. */
const LIFETIME = HOUR
/** What one flow, and all that are under way in a browser, may take in bytes: every request to the site carries them. */
const MAX_STATE_LENGTH = 2000
const MAX_TOTAL_LENGTH = 4000
/** Of the state, in the cookie's name: enough to tell tabs apart. */
const MARK = 8

/**
 * Remembers a flow in a cookie of its own, sealed: of several tabs each ends where it began, and whoever sends somebody a
 * link with their own code and state finds no cookie for it in that browser (login CSRF, RFC 6749, section 10.12).
 */
export async function saveAuthorizationState(
  context: Context,
  request: Request,
  response: Response,
  flow: AuthorizationState,
): Promise<void> {
  const options = cookieOptions(context.settings)
  const whole = await seal(context, 'flow', { ...flow }, LIFETIME)
  // Whoever comes from an address that long begins at the start.
  const sealed = whole.length <= MAX_STATE_LENGTH ? whole : await seal(context, 'flow', { ...flow, rd: '' }, LIFETIME)
  let total = sealed.length
  for (const { name, length } of await statesOf(context, request)) {
    total += length
    if (total > MAX_TOTAL_LENGTH) response.clearCookie(name, options)
  }
  response.cookie(cookieOf(context.settings, flow.state), sealed, { ...options, maxAge: LIFETIME * 1000 })
}

/**
 * The flow that a state belongs to, if this browser began it; and it is forgotten, so that coming back a second time is no
 * sign-in.
 */
export async function consumeAuthorizationState(
  context: Context,
  request: Request,
  response: Response,
  state: string,
): Promise<AuthorizationState | undefined> {
  const name = cookieOf(context.settings, state)
  const sealed = parseCookie(request.headers.cookie ?? '')[name]
  if (sealed === undefined) return undefined
  response.clearCookie(name, cookieOptions(context.settings))
  const flow = (await unseal(context, 'flow', sealed)) as (AuthorizationState & object) | undefined
  return flow && equalInConstantTime(flow.state, state) ? flow : undefined
}

/** The newest first; those that cannot be opened last. */
async function statesOf(
  context: Context,
  request: Request,
): Promise<{ name: string; length: number; begun: number }[]> {
  const prefix = cookieOf(context.settings, '')
  const cookies = Object.entries(parseCookie(request.headers.cookie ?? '')).filter(([name]) => name.startsWith(prefix))
  const flows = cookies.map(async ([name, sealed]) => ({
    name,
    length: sealed?.length ?? 0,
    begun: (await unseal(context, 'flow', sealed))?.iat ?? 0,
  }))
  return (await Promise.all(flows)).sort((one, other) => other.begun - one.begun)
}

/** Only letters, digits, `-` and `_` can be in a state of ours; of any other the cookie's name finds nothing. */
function cookieOf(settings: Settings, state: string): string {
  return `${settings.cookies.login}-${state.slice(0, MARK)}`
}

function cookieOptions({ baseUrl }: Settings): CookieOptions {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: baseUrl.protocol === 'https:' }
}
