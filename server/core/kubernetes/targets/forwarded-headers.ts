/** The identity headers that a check answers for the service. */
export const IDENTITY_HEADERS = {
  user: 'X-Auth-Request-User',
  email: 'X-Auth-Request-Email',
  service: 'X-Auth-Request-Service',
  token: 'X-Auth-Request-Token',
  anonymous: 'X-Auth-Request-Anonymous',
} as const

/** What a check reads of the client's request besides what every gateway sends: Host, Authorization, path and method. */
export const ASKED_HEADERS = [
  'Cookie',
  'Origin',
  'Access-Control-Request-Method',
  'Sec-Fetch-Site',
  'Sec-Fetch-Mode',
  'Upgrade',
  'Sec-WebSocket-Key',
  'X-Requested-With',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'User-Agent',
  'X-Request-Id',
] as const

/**
 * What of a check's answer replaces the client's own headers. Credentials are what is left when Postern's tokens are taken out.
 */
export const ANSWERED_HEADERS = ['Authorization', 'Cookie', ...Object.values(IDENTITY_HEADERS)] as const

/**
 * Identity headers of other gates, and other names for the path and the method, which only a client can have sent. Gateway API
 * has room for sixteen: the ones that services trust most often. The others are the gateway's own to remove (deploy/docs).
 */
export const FORGED_HEADERS = [
  'Forwarded',
  'Remote-User',
  'Remote-Groups',
  'X-Remote-User',
  'X-Remote-Group',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-WebAuth-User',
  'X-Auth-Request-Groups',
  'X-Auth-Request-Preferred-Username',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'Proxy-Authorization',
] as const
