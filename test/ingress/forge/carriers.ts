/** The places of a token in a request. Texts are bytes, each a character. */
export const CARRIERS = ['bearer', 'token', 'basic-password', 'basic-username', 'cookie', 'vo-cookie'] as const
export type CarrierName = (typeof CARRIERS)[number]

/** The session's cookie at a base URL with TLS, and the one of a VO login. */
export const SESSION_COOKIE = '__Host-postern'
export const VO_COOKIE = '__Host-postern-vo'

export const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')
export const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

/** Returns the header line that carries a text. */
export function carried(text: string, carrier: CarrierName): string {
  switch (carrier) {
    case 'bearer':
      return `Authorization: Bearer ${text}`
    case 'token':
      return `Authorization: token ${text}`
    case 'basic-password':
      return `Authorization: Basic ${base64(`x-oauth-basic:${text}`)}`
    case 'basic-username':
      return `Authorization: Basic ${base64(`${text}:x-oauth-basic`)}`
    case 'cookie':
      return `Cookie: ${SESSION_COOKIE}=${text}`
    case 'vo-cookie':
      return `Cookie: ${VO_COOKIE}=${text}`
  }
}
