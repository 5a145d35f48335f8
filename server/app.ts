import { randomBytes } from 'node:crypto'
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express'
import helmet from 'helmet'
import type { LimitsCalls } from './api/call-limiter.js'
import { sendRefusal } from './api/error-body.js'
import { docsModel } from './api/openapi/docs-model.js'
import { API, apiDocument } from './api/openapi/document.js'
import { arrival } from './api/routes/arrival.js'
import { groupMembership } from './api/routes/gms.js'
import { apiRoutes } from './api/routes/index.js'
import { leakedRoute } from './api/routes/leaked.js'
import { githubReports } from './api/routes/leaked-on-github.js'
import { whoami } from './api/routes/mast-whoami.js'
import { voLogin } from './api/routes/vo-login.js'
import { metadata } from './api/version.js'
import { auditRefusals } from './authn/audit-refusals.js'
import { addressReader, proxyTrust } from './authn/client-address.js'
import { otherMethods } from './authn/other-methods.js'
import { Refusal } from './core/access/refusal.js'
import { VO_LOGIN_PATH } from './core/access/vo/challenges.js'
import { RETRY_AFTER } from './core/overload/retry-after.js'
import { redactUrl } from './core/redact.js'
import { basePath, ownPaths, pathBelow, siteAddress } from './core/site/base-path.js'
import { findUnstorable } from './core/storable-text.js'
import { adoptSession } from './login/browser/adopt-session.js'
import { crossSiteGuard } from './login/browser/cross-site-guard.js'
import { ownAddressGuard } from './login/browser/own-address-guard.js'
import { isForPrograms } from './openid/endpoints.js'
import { openIdServer } from './openid/server.js'
import { accountPage } from './pages/account/account.js'
import { exportPage } from './pages/account/export.js'
import { ownHistoryPages } from './pages/account/own-history.js'
import { passkeyPages } from './pages/account/passkeys.js'
import { passwordPages } from './pages/account/password.js'
import { preferencePages } from './pages/account/preferences.js'
import { sessionPages } from './pages/account/sessions.js'
import type { PageServices } from './pages/account/signed-in-user.js'
import { adminPages } from './pages/admin/router.js'
import { apiDocsPage } from './pages/api-docs/api-docs.js'
import { devicePages } from './pages/device/device.js'
import { explainPage } from './pages/explain/explain.js'
import { leakedPages } from './pages/leaked/leaked.js'
import { consentPages } from './pages/openid/consents.js'
import { interactionPages } from './pages/openid/interaction.js'
import { openIdPages } from './pages/openid/show.js'
import { programPages } from './pages/programs/programs.js'
import { howToUsePage } from './pages/recipes/how-to-use.js'
import { loadAssets } from './pages/shared/assets.js'
import { sendDocument } from './pages/shared/compression.js'
import { mastRedirects } from './pages/shared/mast-redirects.js'
import { wordsOf } from './pages/shared/reader.js'
import { answerNotFound, refuseRequest } from './pages/shared/refuse-request.js'
import { pageRenderer } from './pages/shared/render.js'
import type { Link } from './pages/shared/view-models.js'
import { signInPages } from './pages/sign-in/local.js'
import { tokenCreatePages } from './pages/tokens/create.js'
import { tokenDetailsPages } from './pages/tokens/details.js'
import { tokenEditPages } from './pages/tokens/edit.js'
import { revokeSelectedPages } from './pages/tokens/list/revoke-selected.js'
import { tokenListPage } from './pages/tokens/list.js'
import { noticePages } from './pages/tokens/notices.js'
import { tokenRotatePages } from './pages/tokens/rotate.js'
import { type AppListener, requestClasses } from './request-classes.js'
import type { Settings } from './settings/schema.js'
import type { Context } from './storage/context.js'
import { isUnavailable, RestoreUnconfirmed, UnusableUser } from './storage/unavailable.js'
import { reportThrottle } from './tokens/leaked/report-throttle.js'
import type { RecordsUsage } from './tokens/usage-recorder.js'

/**
 * Creates the app: the pages and the API. The path of the base URL is taken off each request before Express sees it, whose routers
 * keep how the line of the request began.
 */
export function createApp(context: Context & RecordsUsage & LimitsCalls): AppListener {
  const routes = createRoutes(context)
  const { baseUrl } = context.settings
  const listener: RequestListener = (request, response) => {
    request.url = pathBelow(baseUrl, request.url ?? '')
    routes(request, response)
  }
  return Object.assign(listener, { classes: requestClasses(routes) })
}

/** Creates the Express app behind it, in which all paths are own paths. */
export function createRoutes(context: Context & RecordsUsage & LimitsCalls): Express {
  const { settings } = context
  const { baseUrl } = settings
  const assets = loadAssets(settings.site.accentColor)
  const at = ownPaths(baseUrl)
  const pages = { context, render: pageRenderer({ assets, base: basePath(baseUrl) }), at }
  const reports = reportThrottle(context.redis)
  const openId = openIdServer(context, openIdPages(pages), reports)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', proxyTrust(settings.proxies))
  app.set('query parser', 'simple')
  app.use(validClientAddress(settings))
  app.use(auditRefusals(context, isApiPath))
  app.use(securityHeaders(settings))
  // Clients call these from anywhere, with secrets of their own.
  app.use(openId.programs)
  app.use(
    ownAddressGuard(context, {
      isApi: isApiPath,
      refuse: (refusal, request, response, lead) => {
        const text = wordsOf(response).text('layout.continueAt', { address: siteAddress(baseUrl) })
        const link = { text, href: lead.href }
        void respondWithRefusal(pages, { refusal, request, response, link })
      },
    }),
    crossSiteGuard(
      context,
      (refusal, request, response) => void respondWithRefusal(pages, { refusal, request, response }),
    ),
  )
  const open = Router()
  open.get('/auth/gms', groupMembership(context))
  open.get('/auth/openapi.json', (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('json')
    return sendDocument(response, JSON.stringify(apiDocument(baseUrl)), { showsSecret: false, isPersonal: false })
  })
  open.get('/auth/doctor', arrival(settings))
  open.get(
    '/auth/docs',
    apiDocsPage(pages, (username, filter) => docsModel(apiDocument(), { url: siteAddress(baseUrl), username }, filter)),
  )
  open.get('/auth/help/use', howToUsePage(pages))
  open.use(leakedRoute(context, reports), githubReports(context, reports), voLogin(context), mastRedirects(at))
  open.get('/whoami', whoami(context))
  open.get('/info', wantsJson(whoami(context)), accountPage(pages))
  open.get('/auth/account', accountPage(pages))
  // W3C, A Well-Known URL for Changing Passwords: password managers lead their users there.
  open.get('/.well-known/change-password', (_request, response) => response.redirect(303, at('/auth/password')))
  open.get('/', wantsJson(describeServer(at)), (_request, response) => response.redirect(303, at('/auth/tokens')))
  app.use(assets.serve)
  if (settings.gafaelfawr) app.use(adoptSession(context))
  app.use(API, apiRoutes(context))
  // The page that is asked for most, before the many that it is not.
  const list = tokenListPage(pages)
  app.use(list, open)
  // The provider reads its forms by itself.
  app.use(openId.browsers)
  app.use(express.urlencoded({ extended: false, limit: settings.limits.bodyBytes, parameterLimit: 200 }))
  app.use(refuseUnstorable(pages))
  const forms = [
    ...[signInPages(pages), sessionPages(pages), passwordPages(pages), passkeyPages(pages), noticePages(pages)],
    ...[preferencePages(pages), ownHistoryPages(pages), exportPage(pages)],
    // Before the page of each token, whose route matches any path segment.
    ...[
      revokeSelectedPages(pages),
      tokenCreatePages(pages),
      tokenDetailsPages(pages),
      tokenEditPages(pages),
      tokenRotatePages(pages),
    ],
    ...[leakedPages(pages, reports), explainPage(pages), programPages(pages), devicePages(pages, openId.provider)],
    ...(settings.oidcServer.enabled ? [interactionPages(pages, openId.provider), consentPages(pages)] : []),
  ]
  app.use(...forms, adminPages(pages))
  app.use(
    otherMethods([assets.serve, list, open, openId.programs, openId.browsers, ...forms], (response, request) =>
      respondWithRefusal(pages, { refusal: new Refusal('method_not_allowed'), request, response }),
    ),
  )
  app.use((request, response) => answerNotFound(pages, request, response))
  app.use(errorHandler(pages))
  return app
}

/**
 * Makes `request.ip` an address or undefined, by the rule of the check. A forwarding header may hold any text, and PostgreSQL
 * accepts only addresses.
 */
function validClientAddress({ proxies }: Settings): RequestHandler {
  const addressOf = addressReader(proxies)
  return (request, _response, next) => {
    Object.defineProperty(request, 'ip', { value: addressOf(request), configurable: true })
    next()
  }
}

/** Refuses forms with a text that no store takes; the API says which field it is. */
function refuseUnstorable(pages: PageServices): RequestHandler {
  return (request, response, next) => {
    if (!findUnstorable(request.body)) return next()
    return void respondWithRefusal(pages, { refusal: new Refusal('malformed_request'), request, response })
  }
}

/** Sets security headers: pages load, frame and submit to this site only, without inline scripts. */
function securityHeaders({
  baseUrl,
  allowSubdomains,
  afterLogoutUrl,
  hstsIncludeSubDomains,
}: Settings): RequestHandler {
  const secure = baseUrl.protocol === 'https:'
  // Browsers apply form-action to the redirects of a form, too: it must contain the allowed return URLs.
  const destinations = [
    ...(allowSubdomains ? [`https://*.${baseUrl.hostname}:*`] : []),
    ...(afterLogoutUrl ? [afterLogoutUrl.origin] : []),
  ]
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'", baseUrl.origin, `https://${baseUrl.hostname}:*`, ...destinations],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure && { maxAge: 365 * 24 * 3600, includeSubDomains: hstsIncludeSubDomains },
    // A password manager or a site's own page may still open ours in a separate window.
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
  // The same for all responses: worked out once, and copied.
  const headers = new Map<string, number | string | readonly string[]>()
  const sample = new ServerResponse(new IncomingMessage(new Socket()))
  sample.setHeader = (name, value) => {
    headers.set(name, value)
    return sample
  }
  set(sample.req, sample, () => undefined)
  return (_request, response, next) => {
    response.setHeaders(headers)
    next()
  }
}

/** Answers an error with one sentence and a reference, under which the log has the cause. */
function errorHandler(pages: PageServices): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    const refusal = refusalFor(error)
    const reference = refusal.status >= 500 ? randomBytes(6).toString('hex') : undefined
    const path = redactUrl(request.path)
    const { log } = pages.context
    if (refusal.code === 'store_unavailable' || refusal.code === 'user_info_failed')
      log.warn({ cause: (error as Error).message, reference, path }, refusal.message)
    else if (reference) log.error({ err: error, reference, path }, 'Request failed')
    if (refusal.code === 'store_unavailable') response.set(RETRY_AFTER)
    await respondWithRefusal(pages, { refusal, request, response, ...(reference && { reference }) })
  }
}

interface RefusedRequest {
  readonly refusal: Refusal
  readonly request: Request
  readonly response: Response
  /** Leads from the page to the log entry. */
  readonly reference?: string
  readonly link?: Link
}

/** Answers a refusal as JSON to a client of the API, and as a page to a browser. */
async function respondWithRefusal(pages: PageServices, refused: RefusedRequest): Promise<void> {
  const { request, response, refusal } = refused
  if (isApi(request)) return void sendRefusal(response, refusal)
  await refuseRequest(pages, refused).catch(() => sendPlain(response))
}

/** Answers when the error page itself cannot be rendered. */
function sendPlain(response: Response): void {
  if (!response.headersSent) response.status(500).type('text/plain').send('Something went wrong here. Try again.\n')
}

/** Answers as Gafaelfawr does at `/`, for monitors and scripts; browsers go to the pages. */
function describeServer(at: PageServices['at']): RequestHandler {
  return (_request, response) => void response.set('Cache-Control', 'no-cache').json(metadata(at('/auth/docs')))
}

/** Passes requests to the handler unless they accept HTML: clients other than browsers do not. */
function wantsJson(handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const acceptsHtml = /text\/html|application\/xhtml/.test(request.headers.accept ?? '')
    return acceptsHtml ? next() : handler(request, response, next)
  }
}

function isApi(request: Request): boolean {
  return isApiPath(request.path)
}

function isApiPath(path: string): boolean {
  const [pathname = ''] = path.split('?', 1)
  return (
    path.startsWith(`${API}/`) ||
    path.startsWith('/auth/leaked/') ||
    pathname === '/auth/gms' ||
    pathname === VO_LOGIN_PATH ||
    isForPrograms(pathname)
  )
}

/** Maps an error to a refusal. Express and its body parser set a status for a bad request; an error without one is a defect. */
function refusalFor(error: unknown): Refusal {
  if (error instanceof RestoreUnconfirmed) return new Refusal('restore_unconfirmed')
  if (isUnavailable(error)) return new Refusal('store_unavailable')
  if (error instanceof UnusableUser) return new Refusal('user_info_failed')
  const { status } = error as { status?: unknown }
  if (status === 413) return new Refusal('too_large')
  if (typeof status === 'number' && status >= 400 && status < 500) return new Refusal('malformed_request')
  return new Refusal('internal_error')
}
