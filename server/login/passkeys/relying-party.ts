import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { Passkey } from '../../core/people/passkey.js'
import { MINUTE } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import type { Account } from '../../storage/postgres/accounts.js'

/** Browsers stop waiting for the authenticator, in milliseconds. */
const TIMEOUT = 5 * MINUTE * 1000

/** Loads WebAuthn's checks, with the first passkey: they would be a quarter of what a process loads to start. */
export const loadWebAuthn = () => import('@simplewebauthn/server')

type Site = Pick<Settings, 'baseUrl' | 'localAccounts' | 'site'>

/**
 * Whether this site can have passkeys: its users have local accounts, and browsers offer them on https and on localhost alone,
 * and for no IP address (WebAuthn §5.1.2).
 */
export function offersPasskeys({ baseUrl: { protocol, hostname }, localAccounts }: Omit<Site, 'site'>): boolean {
  const isSecure = protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
  return localAccounts !== 'off' && isSecure && isIP(hostname.replace(/^\[|\]$/g, '')) === 0
}

/** The RP ID: the site's own host, so that no host beside it can ask for its passkeys. */
export function relyingPartyId({ baseUrl }: Pick<Site, 'baseUrl'>): string {
  return baseUrl.hostname
}

/** The user handle, by which an authenticator tells the accounts of a site apart. It is no name, which it would show to all. */
export function userHandle(username: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(`postern user ${username}`).digest())
}

/** The options of `navigator.credentials.create`. */
export async function creationOptions(
  settings: Site,
  { username, name }: Pick<Account, 'username' | 'name'>,
  present: readonly Passkey[],
  challenge: string,
) {
  const { generateRegistrationOptions } = await loadWebAuthn()
  return generateRegistrationOptions({
    rpID: relyingPartyId(settings),
    rpName: settings.site.name,
    userID: userHandle(username),
    userName: username,
    userDisplayName: name ?? username,
    challenge: bytes(challenge),
    timeout: TIMEOUT,
    attestationType: 'none',
    excludeCredentials: present.map(descriptor),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })
}

/**
 * The options of `navigator.credentials.get`: one of these passkeys, or, without them, any that the authenticator has.
 *
 * @param isAlone whether no password comes before it. It is to be two factors then: the authenticator, and the PIN or finger
 *   that it asks for.
 */
export async function requestOptions(
  settings: Site,
  challenge: string,
  isAlone: boolean,
  allowed: readonly Passkey[] = [],
) {
  const { generateAuthenticationOptions } = await loadWebAuthn()
  return generateAuthenticationOptions({
    rpID: relyingPartyId(settings),
    challenge: bytes(challenge),
    timeout: TIMEOUT,
    userVerification: isAlone ? 'required' : 'preferred',
    ...(allowed.length > 0 && { allowCredentials: allowed.map(descriptor) }),
  })
}

function descriptor({ id, transports }: Passkey) {
  return { id, transports: transports.filter(isTransport) }
}

const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const
type Transport = (typeof TRANSPORTS)[number]

export function isTransport(text: string): text is Transport {
  return TRANSPORTS.some((each) => each === text)
}

function bytes(challenge: string): Buffer<ArrayBuffer> {
  return Buffer.from(challenge, 'base64url')
}
