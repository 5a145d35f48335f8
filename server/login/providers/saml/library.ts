import type { SAML, SamlConfig } from '@node-saml/node-saml'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import type { IdpDescription } from './metadata/idp-metadata.js'

export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const PASSWORD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'
const LOGOUT = /(\s*<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:)HTTP-POST("[^>]*>)/
const ENCRYPTION_KEY = /\s*<KeyDescriptor use="encryption">.*?<\/KeyDescriptor>/s

/** Loaded with the first sign-in: most sites have no SAML. */
const load = () => import('@node-saml/node-saml')

/**
 * Opens the library for one message.
 *
 * Its own checks of times, audience and `InResponseTo` are off: they go by the clock of the machine and a cache of the process, and
 * accept what says nothing. `judgeAssertion` has them all. It gets a key to decrypt with, `decryptionPvk`, only for what was
 * inspected: it finds encrypted elements in any namespace.
 */
export async function openLibrary(
  settings: SamlSettings,
  idp: IdpDescription,
  options: Partial<SamlConfig> = {},
): Promise<SAML> {
  const { SAML, ValidateInResponseTo } = await load()
  const { requireAcr, privateKey } = settings
  return new SAML({
    issuer: settings.spEntityId,
    callbackUrl: settings.consumerUrl.href,
    idpIssuer: idp.entityId,
    idpCert: [...idp.certificates],
    entryPoint: idp.signOnUrl.href,
    privateKey: privateKey.reveal(),
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: nameIdFormat(settings),
    // REFEDS MFA: the provider takes the first of the list that the user has.
    ...(requireAcr ? { authnContext: [...requireAcr, PASSWORD] } : { disableRequestedAuthnContext: true }),
    wantAssertionsSigned: settings.wantAssertionsSigned,
    wantAuthnResponseSigned: false,
    audience: false,
    acceptedClockSkewMs: -1,
    validateInResponseTo: ValidateInResponseTo.never,
    ...options,
  })
}

/**
 * Writes the metadata of this site. Requests to sign out come with a redirect or by SOAP: the library verifies those in a form weakly.
 */
export async function siteMetadata(settings: SamlSettings): Promise<string> {
  const { generateServiceProviderMetadata } = await load()
  const { certificate, otherCertificate, privateKey, consumerUrl, logoutUrl, spEntityId } = settings
  const metadata = generateServiceProviderMetadata({
    issuer: spEntityId,
    callbackUrl: consumerUrl.href,
    logoutCallbackUrl: logoutUrl.href,
    privateKey: privateKey.reveal(),
    decryptionPvk: privateKey.reveal(),
    publicCerts: [certificate, ...(otherCertificate === undefined ? [] : [otherCertificate])],
    decryptionCert: certificate,
    identifierFormat: nameIdFormat(settings),
    wantAssertionsSigned: settings.wantAssertionsSigned,
  })
  const other = (first: string) => (otherCertificate === undefined ? '' : withCertificate(first, otherCertificate))
  return metadata
    .replace(LOGOUT, '$1HTTP-Redirect$2$1SOAP$2')
    .replace(/\s*<EncryptionMethod Algorithm="[^"]+cbc"\/>/g, '')
    .replace(ENCRYPTION_KEY, (first) => `${first}${other(first)}`)
}

/** The same key descriptor for another certificate: the library writes one for encryption. */
function withCertificate(descriptor: string, certificate: string): string {
  const body = certificate.replace(/-----[^-]+-----|\s/g, '')
  return descriptor.replace(/(X509Certificate>)[^<]*/, `$1${body}`)
}

/** A persistent NameID, or any where an attribute identifies the user. */
const nameIdFormat = ({ identifierAttribute }: SamlSettings) => (identifierAttribute === undefined ? PERSISTENT : null)
