import { isoTime } from '../../../core/time.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import type { Context } from '../../../storage/context.js'
import { requireAllowedAlgorithms } from './algorithms.js'
import { AnswerFault } from './failure.js'
import { type LogoutRequest, readLogoutRequest } from './logout-request.js'
import type { IdpDescription } from './metadata/idp-metadata.js'
import { ASSERTION, buildXml, childOf, childrenOf, PROTOCOL, parseXml, signXml, textOf, verifiedXml } from './xml.js'

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const RESPONSE = '/*[local-name()="LogoutResponse"]'

/**
 * Verifies a request to sign out that the provider itself sends (SAML Bindings §3.2). Nothing is read but what its signature covers.
 *
 * @param text of the envelope
 * @throws AnswerFault
 */
export async function verifySoapLogout(
  text: string,
  settings: SamlSettings,
  idp: IdpDescription,
  { clock }: Pick<Context, 'clock'>,
): Promise<LogoutRequest> {
  const root = await parseXml(text)
  const body = childOf(root, SOAP, 'Body')
  const [request, second] = body ? childrenOf(body, PROTOCOL, 'LogoutRequest') : []
  if (!request || second) throw new AnswerFault('the envelope has not one LogoutRequest')
  requireAllowedAlgorithms(root)
  const verified = await verifiedXml(text, request, idp.certificates)
  if (verified === undefined) throw new AnswerFault('the request to sign out is not signed by the provider')
  const signed = await parseXml(verified)
  if (textOf(childOf(signed, ASSERTION, 'Issuer')) !== idp.entityId)
    throw new AnswerFault('the request to sign out is of another issuer')
  return readLogoutRequest(signed, settings, clock())
}

/** Writes the answer to such a request: the sessions were ended. */
export async function writeSoapAnswer(
  { id }: LogoutRequest,
  { spEntityId, privateKey }: SamlSettings,
  { clock, random }: Pick<Context, 'clock' | 'random'>,
): Promise<string> {
  const response = await buildXml({
    'samlp:LogoutResponse': {
      '@xmlns:samlp': PROTOCOL,
      '@ID': `_${random(20).toString('hex')}`,
      '@Version': '2.0',
      '@IssueInstant': isoTime(clock()),
      '@InResponseTo': id,
      'saml:Issuer': { '@xmlns:saml': ASSERTION, '#text': spEntityId },
      'samlp:Status': { 'samlp:StatusCode': { '@Value': 'urn:oasis:names:tc:SAML:2.0:status:Success' } },
    },
  })
  const location = { reference: `${RESPONSE}/*[local-name()="Issuer"]`, action: 'after' } as const
  return envelope(await signXml(response, RESPONSE, { key: privateKey.reveal(), location }))
}

/** Writes that a request was refused. */
export async function writeSoapFault(sentence: string): Promise<string> {
  return envelope(await buildXml({ 'S:Fault': { faultcode: 'S:Client', faultstring: sentence } }))
}

const envelope = (content: string) =>
  `<S:Envelope xmlns:S="${SOAP}"><S:Body>${content.replace(/^<\?xml[^>]*>\s*/, '')}</S:Body></S:Envelope>`
