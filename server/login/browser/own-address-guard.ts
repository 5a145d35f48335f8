import { parseCookie } from 'cookie'
import type { Request, RequestHandler, Response } from 'express'
import { askedAddressReader } from '../../authn/asked-address.js'
import { Refusal } from '../../core/access/refusal.js'
import {
  type AddressMistake,
  type AskedAddress,
  addressMistake,
  otherOriginOf,
} from '../../core/access/site-address.js'
import { LogThrottle } from '../../core/log-throttle.js'
import { ownUrl, siteAddress } from '../../core/site/base-path.js'
import { HOUR } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { cookieOptions } from './cookie-options.js'

/** Longer than a redirect takes, and shorter than a user takes to come back. */
const REDIRECT_SECONDS = 10
const MAX_LOGGED = 100

interface OwnAddressGuard {
  readonly isApi: (path: string) => boolean
  /** Answers with a page that leads to this address. */
  readonly refuse: (refusal: Refusal, request: Request, response: Response, lead: URL) => void
}

/**
 * Leads a browser that opens a page at another address than the base URL to the right one, before a password is asked for. Where
 * a redirect would end nowhere, a page names both addresses. Probes, scripts and clients of the API are answered as they ask.
 *
 * A proxy that does not pass on the host that was asked for makes every request look so. The redirect comes back then, with a
 * cookie by which it is known, and the page is served.
 */
export function ownAddressGuard(
  { settings, log, clock }: Pick<Context, 'settings' | 'log' | 'clock'>,
  { isApi, refuse }: OwnAddressGuard,
): RequestHandler {
  const { baseUrl } = settings
  const addressOf = askedAddressReader(settings.proxies)
  const throttle = new LogThrottle(HOUR, MAX_LOGGED)

  function warn(message: string, asked: string): void {
    if (throttle.isDue(`${message} ${asked}`, clock())) log.warn({ asked, baseUrl: siteAddress(baseUrl) }, message)
  }

  function lead(request: Request, response: Response, mistake: AddressMistake, asked: AskedAddress): boolean {
    const here = `${asked.protocol ?? 'http'}://${asked.host}`
    const target = ownUrl(baseUrl, request.originalUrl)
    if (isMarked(request, settings)) {
      mark(response, settings, HOUR)
      warn('Proxy names another address than the base URL', here)
      return false
    }
    warn('Site opened at another address', here)
    response.set('Cache-Control', 'no-store')
    if (mistake === 'other_name') {
      mark(response, settings, REDIRECT_SECONDS)
      response.redirect(303, target.href)
    } else {
      mark(response, settings, HOUR)
      refuse(otherAddress(here, settings), request, response, target)
    }
    return true
  }

  return (request, response, next) => {
    if (isApi(request.path)) return next()
    const asked = addressOf(request)
    const mistake = isNavigation(request) ? addressMistake(asked, baseUrl) : undefined
    if (mistake) return lead(request, response, mistake, asked) ? undefined : next()
    const origin = request.method === 'POST' ? otherOriginOf(request.headers.origin, asked, settings) : undefined
    if (origin === undefined) return next()
    warn('Form sent at another address', origin)
    refuse(otherAddress(origin, settings), request, response, ownUrl(baseUrl, '/login'))
  }
}

function otherAddress(here: string, { baseUrl }: Settings): Refusal {
  const address = siteAddress(baseUrl)
  const isPlain = here.startsWith('http:') && baseUrl.protocol === 'https:'
  return new Refusal('other_address').worded('opened', { here, address, plain: isPlain ? 'yes' : 'no' })
}

/** Returns whether a browser asks for a page: not its script, and no probe. */
function isNavigation({ method, headers }: Request): boolean {
  const mode = headers['sec-fetch-mode']
  const isRead = method === 'GET' || method === 'HEAD'
  return (
    isRead && (mode === undefined || mode === 'navigate') && /text\/html|application\/xhtml/.test(headers.accept ?? '')
  )
}

function isMarked(request: Request, { cookies }: Settings): boolean {
  return parseCookie(request.headers.cookie ?? '')[cookies.led] !== undefined
}

function mark(response: Response, settings: Settings, seconds: number): void {
  response.cookie(settings.cookies.led, '1', { ...cookieOptions(settings, 'led'), maxAge: seconds * 1000 })
}
