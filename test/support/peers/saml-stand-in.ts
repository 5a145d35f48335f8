import { constants, createCipheriv, createSign, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { getVerifiedXml, parseDomFromString, signXml } from '@node-saml/node-saml/lib/xml.js'
import { isoTime } from '../../../server/core/time.js'
import { runOrFail } from '../run/processes.js'

/** An RSA key and its certificate, in PEM. */
export interface SamlKeys {
  readonly key: string
  readonly certificate: string
}

/** A request for a sign-in, as the browser brings it to the provider. */
export interface AuthnRequest {
  readonly id: string
  readonly xml: string
  readonly relayState: string
}

/** What an assertion says; each is right when not given. */
export interface Said {
  readonly id?: string
  readonly issuer?: string
  readonly nameId?: string
  readonly nameIdFormat?: string
  /** In place of the NameID, as XML. */
  readonly named?: string
  /** More attributes of the NameID, with a space before them. */
  readonly nameIdMore?: string
  readonly method?: string
  readonly recipient?: string
  readonly inResponseTo?: string | undefined
  /** `<saml:Conditions>…` as a whole. */
  readonly conditions?: string
  readonly audience?: string
  /** Seconds from now. */
  readonly from?: number
  readonly until?: number
  /** The end of the confirmation; that of the conditions when not given. */
  readonly confirmed?: number
  readonly authenticated?: number
  readonly contextClass?: string
  readonly sessionIndex?: string
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

/** What a request to sign a user out says. */
export interface SaidOfLogout {
  readonly nameId?: string
  /** In place of the NameID, as XML. */
  readonly named?: string
  readonly sessionIndex?: string
  readonly destination?: string
  readonly issuer?: string
  /** Seconds from now. */
  readonly issued?: number
  /** Whose key signs it; null: none. */
  readonly signer?: SamlKeys | null
  readonly hash?: 'sha1' | 'sha256'
  /** After the signature. */
  readonly more?: string
}

export interface Signing extends SamlKeys {
  readonly hash?: 'sha1' | 'sha256' | 'sha512'
  readonly digest?: 'sha1' | 'sha256' | 'sha512'
}

export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const NAMESPACES =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'

export async function makeKeys(name: string): Promise<SamlKeys> {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-saml-'))
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')]
  const request = ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`]
  await runOrFail([...request, '-keyout', key, '-out', certificate])
  const made = { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') }
  await rm(folder, { recursive: true })
  return made
}

const idOf = (xml: string) => / ID="([^"]+)"/.exec(xml)?.[1] ?? ''

/** What a signature covers of an element in a document; empty without a right one. */
export async function verifiedIn(text: string, name: string, { certificate }: SamlKeys): Promise<string> {
  const document = await parseDomFromString(text)
  const element = document.getElementsByTagNameNS('urn:oasis:names:tc:SAML:2.0:protocol', name).item(0)
  return (element && getVerifiedXml(text, element, [certificate])) ?? ''
}

/** Base64 of a certificate, as metadata and signatures have it. */
export const bodyOf = ({ certificate }: SamlKeys) => new X509Certificate(certificate).raw.toString('base64')

/**
 * A provider that says, signs and encrypts what a test wants, right or wrong. A real one says only what is right; see
 * `simplesamlphp.ts`.
 */
export class SamlStandIn {
  readonly entityId = 'https://idp.example.org/idp'
  readonly signOnUrl = 'https://idp.example.org/idp/sso'
  readonly postUrl = 'https://idp.example.org/idp/post'
  readonly logoutUrl = 'https://idp.example.org/idp/slo'
  /** The file of its metadata. */
  readonly metadata: string
  readonly keys: SamlKeys
  readonly now: () => number

  constructor(metadata: string, keys: SamlKeys, now: () => number) {
    this.metadata = metadata
    this.keys = keys
    this.now = now
  }

  static async start(now: () => number): Promise<SamlStandIn> {
    const folder = await mkdtemp(path.join(tmpdir(), 'postern-idp-'))
    const standIn = new SamlStandIn(path.join(folder, 'metadata.xml'), await makeKeys('idp'), now)
    await writeFile(standIn.metadata, standIn.describe())
    return standIn
  }

  stop(): Promise<void> {
    return rm(path.dirname(this.metadata), { recursive: true })
  }

  describe(keys: readonly SamlKeys[] = [this.keys], more = ''): string {
    const redirect = 'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
    const descriptors = keys.map(
      (each) =>
        `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bodyOf(each)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`,
    )
    return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ID="_m" entityID="${this.entityId}"${more}><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${descriptors.join('')}<SingleLogoutService ${redirect} Location="${this.logoutUrl}"/><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${this.postUrl}"/><SingleSignOnService ${redirect} Location="${this.signOnUrl}"/></IDPSSODescriptor></EntityDescriptor>`
  }

  /** Reads the request in the address that a browser is redirected to. */
  read(address: string): AuthnRequest {
    const { searchParams } = new URL(address)
    const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8')
    return { id: idOf(xml), xml, relayState: searchParams.get('RelayState') ?? '' }
  }

  /** Reads the request in the form of a page; empty without a right signature of the site. */
  async readForm(page: string, keys: SamlKeys): Promise<AuthnRequest> {
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
    const xml = await verifiedIn(Buffer.from(field('SAMLRequest'), 'base64').toString('utf8'), 'AuthnRequest', keys)
    return { id: idOf(xml), xml, relayState: field('RelayState') }
  }

  /** An assertion, not signed yet. */
  assertion(
    request: AuthnRequest,
    site: { readonly entityId: string; readonly consumer: string },
    said: Said = {},
  ): string {
    const at = (seconds: number) => isoTime(this.now() + seconds)
    const { from = -5, until = 300, authenticated = -5, nameIdFormat = PERSISTENT, attributes = {} } = said
    const answers = 'inResponseTo' in said ? said.inResponseTo : request.id
    const listed = Object.entries(attributes).map(
      ([name, values]) =>
        `<saml:Attribute ${name.includes('=') ? name : `Name="${name}"`}>${values.map((each) => `<saml:AttributeValue>${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    const conditions =
      said.conditions ??
      `<saml:Conditions NotBefore="${at(from)}" NotOnOrAfter="${at(until)}"><saml:AudienceRestriction><saml:Audience>${said.audience ?? site.entityId}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`
    return [
      `<saml:Assertion ${NAMESPACES} ID="${said.id ?? `_a${randomBytes(8).toString('hex')}`}" Version="2.0" IssueInstant="${at(0)}">`,
      `<saml:Issuer>${said.issuer ?? this.entityId}</saml:Issuer>`,
      `<saml:Subject>${said.named ?? `<saml:NameID Format="${nameIdFormat}"${said.nameIdMore ?? ''}>${said.nameId ?? 'b7f2'}</saml:NameID>`}`,
      `<saml:SubjectConfirmation Method="${said.method ?? 'urn:oasis:names:tc:SAML:2.0:cm:bearer'}">`,
      `<saml:SubjectConfirmationData Recipient="${said.recipient ?? site.consumer}" NotOnOrAfter="${at(said.confirmed ?? until)}"${answers === undefined ? '' : ` InResponseTo="${answers}"`}/>`,
      `</saml:SubjectConfirmation></saml:Subject>${conditions}`,
      `<saml:AuthnStatement AuthnInstant="${at(authenticated)}" SessionIndex="${said.sessionIndex ?? '_s1'}"><saml:AuthnContext>`,
      `<saml:AuthnContextClassRef>${said.contextClass ?? 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'}</saml:AuthnContextClassRef>`,
      `</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${listed.join('')}</saml:AttributeStatement></saml:Assertion>`,
    ].join('')
  }

  /** Signs the root of a document, after its Issuer; metadata at their beginning. */
  sign(xml: string, { key, certificate, hash = 'sha256', digest = 'sha256' }: Signing = this.keys): string {
    const at = '/*'
    const location = /^<Entit(y|ies)Descriptor/.test(xml)
      ? ({ reference: at, action: 'prepend' } as const)
      : ({ reference: `${at}/*[local-name(.)='Issuer']`, action: 'after' } as const)
    const options = { privateKey: key, publicCert: certificate, signatureAlgorithm: hash, digestAlgorithm: digest }
    return signXml(xml, at, location, options)
  }

  /** A response around assertions, not signed. */
  response(content: string, { status = 'Success', destination = '' } = {}): string {
    const to = destination === '' ? '' : ` Destination="${destination}"`
    return `<samlp:Response ${NAMESPACES} ID="_r${randomBytes(8).toString('hex')}" Version="2.0" IssueInstant="${isoTime(this.now())}"${to}><saml:Issuer>${this.entityId}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>${content}</samlp:Response>`
  }

  /** The query of a request to sign a user out (SAML Bindings §3.4.4.1). */
  logoutRequest({ signer = this.keys, hash = 'sha256', more = '', ...said }: SaidOfLogout): string {
    const xml = this.#logout(said)
    const request = new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64'), RelayState: 'theirs' })
    if (signer === null) return `${request}`
    const family = hash === 'sha1' ? '2000/09/xmldsig' : '2001/04/xmldsig-more'
    request.set('SigAlg', `http://www.w3.org/${family}#rsa-${hash}`)
    const signature = createSign(hash).update(`${request}`).sign(signer.key, 'base64')
    return `${request}&${new URLSearchParams({ Signature: signature })}${more}`
  }

  /** The same request, signed within; a SOAP envelope around what is made of it (SAML Bindings §3.2). */
  soapLogout(
    { signer = this.keys, hash = 'sha256', ...said }: SaidOfLogout,
    arrange = (signed: string) => signed,
  ): string {
    const xml = this.#logout(said)
    const signed = signer === null ? xml : this.sign(xml, { ...signer, hash })
    return `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>${arrange(signed)}</S:Body></S:Envelope>`
  }

  #logout({ issued = 0, ...said }: SaidOfLogout): string {
    const session =
      said.sessionIndex === undefined ? '' : `<samlp:SessionIndex>${said.sessionIndex}</samlp:SessionIndex>`
    return `<samlp:LogoutRequest ${NAMESPACES} ID="_l${randomBytes(8).toString('hex')}" Version="2.0" IssueInstant="${isoTime(this.now() + issued)}" Destination="${said.destination}"><saml:Issuer>${said.issuer ?? this.entityId}</saml:Issuer>${said.named ?? `<saml:NameID Format="${PERSISTENT}">${said.nameId}</saml:NameID>`}${session}</samlp:LogoutRequest>`
  }

  /** A NameID that only a site can read. */
  encryptName(name: string, keys: SamlKeys, isOld = false): string {
    const nameId = `<saml:NameID ${NAMESPACES} Format="${PERSISTENT}">${name}</saml:NameID>`
    return this.encrypt(nameId, keys, isOld, 'EncryptedID')
  }

  /** An element that only a site can read (XML Encryption 1.1): AES-GCM and RSA-OAEP, or AES-CBC as an old provider has it. */
  encrypt(content: string, { certificate }: SamlKeys, isOld = false, name = 'EncryptedAssertion'): string {
    const key = randomBytes(isOld ? 16 : 32)
    const iv = randomBytes(isOld ? 16 : 12)
    const sealer = createCipheriv('aes-256-gcm', isOld ? randomBytes(32) : key, iv)
    const cipher = isOld ? createCipheriv('aes-128-cbc', key, iv) : sealer
    const parts = [iv, cipher.update(content, 'utf8'), cipher.final(), ...(isOld ? [] : [sealer.getAuthTag()])]
    const sealed = publicEncrypt({ key: certificate, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key)
    const method = isOld ? 'http://www.w3.org/2001/04/xmlenc#aes128-cbc' : 'http://www.w3.org/2009/xmlenc11#aes256-gcm'
    const value = (bytes: Buffer) =>
      `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
    return `<saml:${name} xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${method}"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>${value(sealed)}</xenc:EncryptedKey></KeyInfo>${value(Buffer.concat(parts))}</xenc:EncryptedData></saml:${name}>`
  }
}
