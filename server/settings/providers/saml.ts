import { createPrivateKey, X509Certificate } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { ownUrl } from '../../core/site/base-path.js'
import { MINUTE } from '../../core/time.js'
import { Secret } from '../../core/token/secret.js'
import { contextClasses, icon, oneOrMore, providerId, safeUrl, title, userRules } from '../providers.js'
import { duration } from '../values.js'

const attribute = z.string().min(1)

const certificate = z
  .string()
  .refine(isCertificate, 'must be a certificate in PEM, such as -----BEGIN CERTIFICATE-----')
  .meta({ title: 'PEM', example: '-----BEGIN CERTIFICATE-----' })

const privateKey = z
  .string({
    error: 'is required; it may also come from the environment (…_PRIVATE_KEY) or a file (…_PRIVATE_KEY_FILE)',
  })
  .refine(isRsaKey, 'must be an RSA key in PEM without a passphrase, such as -----BEGIN PRIVATE KEY-----')
  .transform((text) => new Secret(text))
  .meta({ title: 'PEM', example: '-----BEGIN PRIVATE KEY-----' })

const metadata = z
  .string()
  .refine(
    (text) => path.isAbsolute(text) || safeUrl.safeParse(text).success,
    'must be an https URL or the absolute path of a file, such as https://idp.example.org/metadata',
  )
  .meta({ title: 'URL or path', example: 'https://idp.example.org/idp/shibboleth' })

/** Names as Shibboleth and the SAML libraries have them. */
const fields = z.strictObject({
  id: providerId.default('saml').describe(providerId.description ?? ''),
  title,
  icon: icon.default('saml'),
  metadata: metadata.describe('The provider’s metadata: an https URL, or the absolute path of a file'),
  metadataCertificate: certificate
    .optional()
    .describe('Certificate of the federation that signs the metadata; metadata without its signature are then refused'),
  metadataRefresh: duration
    .refine((seconds) => seconds >= MINUTE, 'must be at least 1 minute, such as 1h')
    .prefault('1h')
    .describe('How old the metadata may be before they are read again in the background, at least 1m'),
  idpEntityId: z
    .string()
    .min(1)
    .optional()
    .describe('Entity ID of the provider; required where the metadata have several entities'),
  spEntityId: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Entity ID of this site; the address of its metadata, `/login/<id>/metadata`, when not given'),
  certificate: certificate.describe('Certificate of this site, which is in its metadata'),
  privateKey: privateKey.describe('The RSA key of `certificate`: signs requests, decrypts assertions'),
  otherCertificate: certificate
    .optional()
    .describe('A second certificate in the metadata, for a change: the next one before it, the former one after it'),
  otherPrivateKey: privateKey.optional().describe('The RSA key of `otherCertificate`: decrypts assertions'),
  wantAssertionsSigned: z
    .boolean()
    .default(true)
    .describe('Whether each assertion must have a signature of its own; without, that of the whole response will do'),
  wantAssertionsEncrypted: z.boolean().default(false).describe('Whether assertions that are not encrypted are refused'),
  identifierAttribute: attribute
    .optional()
    .describe(
      'Attribute whose value identifies the user for good, such as `subject-id`; the persistent NameID when not given',
    ),
  usernameAttribute: attribute.default('eduPersonPrincipalName').describe('Attribute of the user name'),
  nameAttribute: attribute.default('displayName').describe('Attribute of the full name'),
  emailAttribute: attribute.default('mail').describe('Attribute of the e-mail address'),
  trustEmail: z
    .boolean()
    .default(false)
    .describe('Whether addresses count as verified; only for a provider whose users cannot set their own'),
  groupsAttribute: attribute.optional().describe('Attribute of the groups; without it groups come from LDAP'),
  uidAttribute: attribute.optional().describe('Attribute of the UID'),
  gidAttribute: attribute.optional().describe('Attribute of the primary GID'),
  requireAcr: contextClasses.describe(
    'Asks the provider for one of these authentication contexts, such as `https://refeds.org/profile/mfa`, or else for a password; a session of a sign-in without one has no `admin:*` scope',
  ),
  ...userRules,
})

export const samlProvider = fields
  .refine((given) => belongTogether(given.certificate, given.privateKey), {
    path: ['certificate'],
    message: 'must be of the privateKey, such as what `openssl req -x509 -key saml.key` prints',
  })
  .refine((given) => belongTogether(given.otherCertificate, given.otherPrivateKey), {
    path: ['otherCertificate'],
    message: 'must be of the otherPrivateKey, such as what `openssl req -x509 -key next.key` prints',
  })

export const samlSchema = oneOrMore(samlProvider)

/** A SAML provider. */
export interface SamlSettings extends z.output<typeof samlProvider> {
  readonly title: string
  readonly spEntityId: string
  /** The assertion consumer service: where browsers bring responses. The only one, however many providers there are. */
  readonly consumerUrl: URL
  readonly metadataUrl: URL
  /** The single logout service. */
  readonly logoutUrl: URL
}

/** Adds the addresses of this site: they are in the provider's configuration, and never a request's own. */
export function samlProviders(given: z.output<typeof samlSchema> = [], baseUrl: URL): SamlSettings[] {
  return given.map((each) => {
    const at = (service: string) => ownUrl(baseUrl, `/login/${each.id}/${service}`)
    const metadataUrl = at('metadata')
    return {
      ...each,
      title: each.title ?? 'SAML',
      spEntityId: each.spEntityId ?? metadataUrl.href,
      consumerUrl: at('callback'),
      metadataUrl,
      logoutUrl: at('logout'),
    }
  })
}

function belongTogether(given: string | undefined, key: Secret | undefined): boolean {
  if (given === undefined || key === undefined) return given === key
  return new X509Certificate(given).checkPrivateKey(createPrivateKey(key.reveal()))
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).publicKey.asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

function isRsaKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
