import { canParseUrl } from '../../../../core/can-parse-url.js'
import { parseXmlInstant } from '../../../../core/people/saml/assertion.js'
import type { EpochSeconds } from '../../../../core/time.js'
import type { SamlSettings } from '../../../../settings/providers/saml.js'
import { AnswerFault } from '../failure.js'
import {
  attributeOf,
  childrenOf,
  descendantsOf,
  METADATA,
  PROTOCOL,
  parseXml,
  textOf,
  type XmlElement,
} from '../xml.js'
import { type Pieces, readXml } from './read-xml.js'
import { MetadataScan } from './scan.js'
import { isSignedBy } from './signature.js'

const BINDINGS = 'urn:oasis:names:tc:SAML:2.0:bindings:'
const [REDIRECT, POST] = [`${BINDINGS}HTTP-Redirect`, `${BINDINGS}HTTP-POST`]

/** What a provider's metadata say of it. */
export interface IdpDescription {
  readonly entityId: string
  /** Where browsers bring requests to sign in. */
  readonly signOnUrl: URL
  /** Whether they send them in a form: the provider takes none in a redirect. */
  readonly takesForms?: true
  /** Where they are redirected to sign out, and with the answer to a request to sign out. */
  readonly logoutUrl?: URL
  readonly logoutResponseUrl?: URL
  /** That sign its messages, in PEM. */
  readonly certificates: readonly string[]
  /** When the metadata expire, where they say so. */
  readonly validUntil?: EpochSeconds
}

/**
 * Reads the metadata of a provider (SAML Metadata §2), alone or among those of a federation.
 *
 * Attack: an attacker on the way of the metadata names a key of their own. With `metadataCertificate`, only what the
 * federation signed is read.
 *
 * @throws AnswerFault
 */
export async function readIdpMetadata(
  pieces: Pieces,
  { idpEntityId, metadataCertificate }: Pick<SamlSettings, 'idpEntityId' | 'metadataCertificate'>,
  now: EpochSeconds,
): Promise<IdpDescription> {
  const scan = new MetadataScan(idpEntityId, metadataCertificate !== undefined)
  await readXml(pieces, scan)
  const { entity, ends, signed } = scan.finish()
  if (metadataCertificate !== undefined && !(signed && (await isSignedBy(signed, metadataCertificate))))
    throw new AnswerFault('the metadata are not signed by metadataCertificate')
  const validUntil = Math.min(...ends.map((each) => parseXmlInstant(each) ?? 0))
  if (validUntil <= now) throw new AnswerFault('the metadata have expired (validUntil)')
  return { ...describe(await parseXml(entity)), ...(Number.isFinite(validUntil) && { validUntil }) }
}

function describe(entity: XmlElement): IdpDescription {
  const [role] = childrenOf(entity, METADATA, 'IDPSSODescriptor').filter((each) =>
    (attributeOf(each, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  )
  if (!role) throw new AnswerFault('the metadata are not of an identity provider with SAML 2.0')
  const certificates = childrenOf(role, METADATA, 'KeyDescriptor')
    .filter((each) => (attributeOf(each, 'use') ?? 'signing') === 'signing')
    .flatMap((each) => descendantsOf(each).filter(({ element }) => element.localName === 'X509Certificate'))
    .map(({ element }) => toPem(textOf(element)))
  if (certificates.length === 0) throw new AnswerFault('the metadata have no certificate for signatures')
  const redirected = serviceOf(role, 'SingleSignOnService', REDIRECT)
  const signOn = redirected ?? serviceOf(role, 'SingleSignOnService', POST)
  if (!signOn) throw new AnswerFault('the metadata have no SingleSignOnService with HTTP-Redirect or HTTP-POST')
  const logout = serviceOf(role, 'SingleLogoutService', REDIRECT)
  return {
    entityId: attributeOf(entity, 'entityID') ?? '',
    signOnUrl: signOn.location,
    ...(!redirected && { takesForms: true }),
    ...(logout && { logoutUrl: logout.location, logoutResponseUrl: logout.responses }),
    certificates,
  }
}

interface Service {
  readonly location: URL
  readonly responses: URL
}

function serviceOf(role: XmlElement, name: string, binding: string): Service | undefined {
  const service = childrenOf(role, METADATA, name).find((each) => attributeOf(each, 'Binding') === binding)
  const location = attributeOf(service, 'Location')
  if (location === undefined) return undefined
  return { location: webUrl(location), responses: webUrl(attributeOf(service, 'ResponseLocation') ?? location) }
}

/** Attack: `javascript:` as an address to which browsers are sent. */
function webUrl(text: string): URL {
  if (!canParseUrl(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new AnswerFault('the metadata have an address that is no URL')
  return new URL(text)
}

function toPem(base64: string): string {
  const lines = base64.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
