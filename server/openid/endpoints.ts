import { PROTECTED_RESOURCE } from '../core/site/resource-metadata.js'

/** Addresses of the OpenID Connect server; the first three and those of `.well-known` are Gafaelfawr's. */
export const ENDPOINTS = {
  authorization: '/auth/openid/login',
  token: '/auth/openid/token',
  userinfo: '/auth/openid/userinfo',
  jwks: '/.well-known/jwks.json',
  discovery: '/.well-known/openid-configuration',
  end_session: '/auth/openid/logout',
  introspection: '/auth/openid/introspect',
  revocation: '/auth/openid/revoke',
  registration: '/auth/openid/register',
  device_authorization: '/auth/openid/device/code',
  /** Where users type the code of a device: short, for it is typed, too. */
  code_verification: '/auth/device',
} as const

/** Documents of OAuth (RFC 8414, RFC 9728), beside that of OpenID Connect. */
export const DOCUMENTS = {
  authorizationServer: '/.well-known/oauth-authorization-server',
  protectedResource: PROTECTED_RESOURCE,
} as const

/** Where users answer a question before they get to a client. */
export const INTERACTION = '/auth/openid/interaction'

/** Returns whether a path is for programs, not for browsers. */
export function isForPrograms(path: string): boolean {
  const { token, userinfo, jwks, discovery, device_authorization, registration, introspection, revocation } = ENDPOINTS
  const endpoints = [token, userinfo, jwks, discovery, device_authorization, registration, introspection, revocation]
  return (
    path.startsWith(`${DOCUMENTS.protectedResource}/`) ||
    [...endpoints, ...Object.values(DOCUMENTS)].some((each) => each === path)
  )
}
