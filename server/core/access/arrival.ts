/** The identity headers of Postern, and of other gates; each kind of header that proxies and frameworks read a user from. */
export const IDENTITY_HEADERS = [
  'X-Auth-Request-User',
  'X-Auth-Request-Email',
  'X-Auth-Request-Service',
  'X-Auth-Request-Token',
  'X-Auth-Request-Anonymous',
  'X-Auth-Request-Groups',
  'X-Auth-Request-Preferred-Username',
  'X-Auth-Request-Access-Token',
  // CGI, WSGI and PHP read it as the first of all.
  'X_Auth_Request_User',
  'X-Forwarded-User',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Id-Token',
  'Remote-User',
  'Remote-Groups',
  'X-Remote-User',
  'X-Remote-Group',
  'X-WebAuth-User',
  'X-Authenticated-User',
  'X-Auth-User',
  'X-User',
  'X-User-Id',
  'X-Username',
  'X-Authentik-Username',
  'X-Vouch-User',
  'X-Pomerium-Jwt-Assertion',
  'Tailscale-User-Login',
  'X-Goog-Authenticated-User-Email',
  'X-Amzn-Oidc-Identity',
  'X-Ms-Client-Principal-Name',
  'Cf-Access-Authenticated-User-Email',
  'X-Forwarded-Client-Cert',
  'X-SSL-Client-S-Dn',
  'X-Authorization',
  'X-Access-Token',
] as const

/** How a request arrived at Postern, behind the proxy. */
export interface Arrival {
  readonly base_url: string
  /** The host and the protocol that were asked for, as the proxy names them. */
  readonly host?: string
  readonly protocol?: string
  /** The client's address. */
  readonly address?: string
  /** The names of the identity headers that the proxy left in the client's request. */
  readonly identity_headers: readonly string[]
}
