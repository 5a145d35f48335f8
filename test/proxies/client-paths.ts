/** Ways to spell a way to the checks, for a client that must not find one. Each asks for a token for a service of its own. */
export const MARK = 'delegate_to=stolen'

const QUERY = `?${MARK}&scope=read:tap`

export const CLIENT_PATHS: readonly string[] = [
  '/ingress/auth',
  '/ingress/auth/',
  '/ingress/forward',
  '/ingress/anonymous',
  `/ingress/envoy/${MARK}/tap/sync`,
  '/ingress',
  '/ingress/',
  '/INGRESS/AUTH',
  '/%69ngress/auth',
  '/ingress%2fauth',
  '/ingress%2Fauth',
  '//ingress/auth',
  '///ingress//auth',
  '/./ingress/auth',
  '/tap/../ingress/auth',
  '/auth/../ingress/auth',
  '/auth/%2e%2e/ingress/auth',
  '/auth/..%2fingress/auth',
  '/auth/..%252fingress/auth',
  '/auth/..;/ingress/auth',
  '/auth/..\\ingress\\auth',
  '/auth\\..\\ingress/auth',
  '/.well-known/oauth-protected-resource/../../ingress/auth',
  '/.well-known/oauth-protected-resource/%2e%2e/%2e%2e/ingress/auth',
  '/.well-known/oauth-protected-resource/..%2f..%2fingress/auth',
  '/.well-known/oauth-protected-resource/..;/..;/ingress/auth',
  '/.well-known/oauth-protected-resource/..\\..\\ingress\\auth',
  '/login/../ingress/auth',
  '/login/..%5cingress/auth',
  '/logout/../ingress/auth',
  '/auth/{x}/../../ingress/auth',
  '/auth/{/../../ingress/}/auth',
  '/ingress;/auth',
  '/ingress/auth;x=1',
  '/auth;/../ingress/auth',
  '/auth?/../ingress/auth',
  '/auth#/../ingress/auth',
  '/_postern/tap',
  '/_postern/../ingress/auth',
  '/@tap_refused',
  '/health',
  '/auth/../health',
  '/metrics',
  '/login/../metrics',
].map((path) => (path.includes('?') || path.includes('#') ? path : `${path}${QUERY}`))

/** The path that Postern would see, were it lenient: decoded, with / for \\, and without dots and doubled slashes. */
export function plain(target: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/s.exec(target) ?? []
  const slashed = decodeURIComponent(path).replaceAll('\\', '/').replace(/\/+/g, '/')
  return `${decodeURIComponent(new URL(`http://x${slashed.startsWith('/') ? '' : '/'}${slashed}`).pathname)}${query}`
}
