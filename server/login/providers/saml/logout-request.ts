import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { type NameId, parseXmlInstant, SKEW } from '../../../core/people/saml/assertion.js'
import { type EpochSeconds, MINUTE } from '../../../core/time.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import { requireAllowedAlgorithms, SIGNATURES } from './algorithms.js'
import { findNameId } from './decrypt.js'
import { AnswerFault } from './failure.js'
import { openLibrary } from './library.js'
import type { IdpDescription } from './metadata/idp-metadata.js'
import { readNameId } from './read-assertion.js'
import { attributeOf, childrenOf, PROTOCOL, parseXml, textOf, type XmlElement } from './xml.js'

/** A provider's request to end sessions of a user (SAML Profiles §4.4). */
export interface LogoutRequest {
  readonly id: string
  readonly nameId: NameId
  /** Empty: all sessions of the user. */
  readonly sessionIndexes: readonly string[]
  readonly relayState: string
}

const PARAMETERS = ['SAMLRequest', 'RelayState', 'SigAlg', 'Signature'] as const
const MAX_BYTES = 100_000
const MAX_AGE = 5 * MINUTE
const inflate = promisify(inflateRaw)

/**
 * Verifies a request to sign out that came with a redirect (SAML Bindings §3.4.4.1).
 *
 * Attack: the library takes a query without a signature for verified, and finds the parameters of a signed one by a part of their
 * name. So each is there once, and the library gets no others.
 *
 * @param query as the browser sent it
 * @throws AnswerFault
 */
export async function verifyLogoutRequest(
  query: string,
  settings: SamlSettings,
  idp: IdpDescription,
  now: EpochSeconds,
): Promise<LogoutRequest> {
  const { decoded, signed } = readQuery(query)
  const { SAMLRequest, RelayState = '', SigAlg = '' } = decoded
  if (!SIGNATURES.has(SigAlg)) throw new AnswerFault('an algorithm that is not allowed (SigAlg)')
  const root = await parseXml(await inflated(SAMLRequest ?? ''))
  requireAllowedAlgorithms(root)
  await verifyQuery({ decoded, signed }, settings, idp)
  return readLogoutRequest(root, settings, now, RelayState)
}

/**
 * The library decrypts the name of the user, too, with one key: a request may be for either key of the site.
 *
 * @throws AnswerFault
 */
async function verifyQuery(
  { decoded, signed }: SignedQuery,
  settings: SamlSettings,
  idp: IdpDescription,
): Promise<void> {
  for (const key of [settings.privateKey, settings.otherPrivateKey].filter((each) => each !== undefined)) {
    const library = await openLibrary(settings, idp, { decryptionPvk: key.reveal() })
    const verified = await library.validateRedirectAsync({ ...decoded }, signed).catch(() => undefined)
    if (verified) return
  }
  throw new AnswerFault('the request to sign out is not signed by the provider')
}

type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>

interface SignedQuery {
  readonly decoded: Parameters
  /** The parameters as they came, which the signature covers. */
  readonly signed: string
}

function readQuery(query: string): SignedQuery {
  const raw = query.split('&')
  const decoded: Parameters = {}
  const signed = PARAMETERS.flatMap((name) => {
    const [found, ...more] = raw.filter((each) => each.startsWith(`${name}=`))
    if (more.length > 0) throw new AnswerFault(`${name} is there twice`)
    if (found === undefined && name === 'RelayState') return []
    if (found === undefined) throw new AnswerFault(`the request to sign out has no ${name}`)
    decoded[name] = new URLSearchParams(found).get(name) ?? ''
    return [found]
  })
  return { decoded, signed: signed.join('&') }
}

async function inflated(encoded: string): Promise<string> {
  try {
    const text = await inflate(Buffer.from(encoded, 'base64'), { maxOutputLength: MAX_BYTES })
    return text.toString('utf8')
  } catch {
    throw new AnswerFault('the request to sign out cannot be unpacked')
  }
}

/**
 * Reads a request whose signature was verified.
 *
 * @throws AnswerFault
 */
export async function readLogoutRequest(
  root: XmlElement,
  settings: SamlSettings,
  now: EpochSeconds,
  relayState = '',
): Promise<LogoutRequest> {
  const destination = attributeOf(root, 'Destination')
  if (destination !== settings.logoutUrl.href) throw new AnswerFault('the request to sign out is for another address')
  const [issued, end] = ['IssueInstant', 'NotOnOrAfter'].map((name) => parseXmlInstant(attributeOf(root, name) ?? ''))
  if (issued === undefined || Math.abs(now - issued) > MAX_AGE + SKEW || (end !== undefined && end <= now - SKEW))
    throw new AnswerFault('the request to sign out is too old, or from the future', 'provider_clock')
  const nameId = readNameId(await findNameId(root, settings))
  if (!nameId) throw new AnswerFault('the request to sign out has no NameID')
  const sessionIndexes = childrenOf(root, PROTOCOL, 'SessionIndex').map(textOf)
  return { id: attributeOf(root, 'ID') ?? '', nameId, sessionIndexes, relayState }
}
