/** Addresses of the OpenID Connect server; the first three and those of `.well-known` are Gafaelfawr's. */
export const ENDPOINTS = {
  authorization: '/auth/openid/login',
  token: '/auth/openid/token',
  userinfo: '/auth/openid/userinfo',
  jwks: '/.well-known/jwks.json',
  discovery: '/.well-known/openid-configuration',
  end_session: '/auth/openid/logout',
} as const

/** Where users answer a question before they get to a client. */
export const INTERACTION = '/auth/openid/interaction'

/** Returns whether a path is for programs, not for browsers. */
export function isForPrograms(path: string): boolean {
  const { token, userinfo, jwks, discovery } = ENDPOINTS
  return [token, userinfo, jwks, discovery].some((each) => each === path)
}
