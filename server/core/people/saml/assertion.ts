import { type EpochSeconds, MINUTE } from '../../time.js'
import type { SamlAttribute } from './attributes.js'

/** A name of the user at the provider (SAML Core §2.2.3). */
export interface NameId {
  readonly value: string
  readonly format?: string
  readonly nameQualifier?: string
  readonly spNameQualifier?: string
}

/** A reason to take the bearer of an assertion for its subject (SAML Core §2.4.1.2). */
export interface Confirmation {
  readonly method: string
  readonly recipient?: string
  readonly inResponseTo?: string
  readonly notBefore?: string
  readonly notOnOrAfter?: string
}

/** An assertion whose signature was verified, as it is written. Nothing else of it is judged. */
export interface SamlAssertion {
  readonly id: string
  readonly version: string
  readonly issuer: string
  readonly issued: string
  readonly nameId?: NameId
  readonly confirmations: readonly Confirmation[]
  readonly conditions?: {
    readonly notBefore?: string
    readonly notOnOrAfter?: string
    /** Each restriction must name this site. */
    readonly audiences: readonly (readonly string[])[]
    /** Conditions that are not understood. */
    readonly others: readonly string[]
  }
  readonly authentication?: {
    readonly at: string
    readonly contextClass?: string
    readonly sessionIndex?: string
    readonly sessionEnds?: string
  }
  readonly attributes: readonly SamlAttribute[]
}

/** The two sides of a sign-in. */
export interface SamlParties {
  /** Entity ID of the provider. */
  readonly provider: string
  /** Entity ID of this site. */
  readonly site: string
  /** The address of this site's assertion consumer service. */
  readonly recipient: string
}

/** Why an assertion is not accepted. */
export class AssertionFault {
  constructor(
    readonly cause: string,
    readonly isOfClock = false,
  ) {}
}

/** The request that an assertion answers, and when its subject authenticated. */
export interface AcceptedAssertion {
  readonly inResponseTo: string
  readonly authenticated: EpochSeconds
}

/** Seconds by which the clocks of two sites may differ. */
export const SKEW = MINUTE

const SAML_2 = '2.0'
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/**
 * Judges an assertion by the rules of the Web Browser SSO Profile (SAML Profiles §4.1.4.3). The library verifies the signature
 * alone.
 *
 * Attack: a site that the same provider serves sends on the assertion that its own user brought it. The audience and the
 * recipient are that site's.
 */
export function judgeAssertion(
  assertion: SamlAssertion,
  { provider, site, recipient }: SamlParties,
  now: EpochSeconds,
): AcceptedAssertion | AssertionFault {
  const { version, issuer, issued, conditions, authentication, confirmations } = assertion
  if (version !== SAML_2) return new AssertionFault('the version is not 2.0')
  if (assertion.id === '') return new AssertionFault('the assertion has no ID')
  if (issuer !== provider) return new AssertionFault('another issuer than the provider')
  if (!conditions || !authentication)
    return new AssertionFault('there are no Conditions, or there is no AuthnStatement')
  const { audiences, others } = conditions
  if (others.length > 0) return new AssertionFault('a condition is not understood')
  if (audiences.length === 0 || !audiences.every((each) => each.includes(site)))
    return new AssertionFault('the assertion is for another audience')
  const bearer = confirmations.find((each) => each.method === BEARER && each.recipient === recipient)
  if (!bearer) return new AssertionFault('the assertion is for another recipient')
  const { inResponseTo } = bearer
  if (inResponseTo === undefined) return new AssertionFault('the assertion answers no request (InResponseTo)')
  if (bearer.notOnOrAfter === undefined) return new AssertionFault('the confirmation has no NotOnOrAfter')
  const fault =
    outside('IssueInstant', { notBefore: issued }, now) ??
    outside('SubjectConfirmationData', bearer, now) ??
    outside('Conditions', conditions, now) ??
    outside('AuthnStatement', { notBefore: authentication.at, notOnOrAfter: authentication.sessionEnds }, now)
  if (fault) return fault
  return { inResponseTo, authenticated: Math.min(parseXmlInstant(authentication.at) ?? now, now) }
}

/** Returns whether a time is outside of what is written, by more than clocks may differ. */
function outside(
  where: string,
  { notBefore, notOnOrAfter }: { readonly notBefore?: string | undefined; readonly notOnOrAfter?: string | undefined },
  now: EpochSeconds,
): AssertionFault | undefined {
  const [start, end] = [notBefore, notOnOrAfter].map((each) => (each === undefined ? undefined : parseXmlInstant(each)))
  if ((start === undefined) !== (notBefore === undefined) || (end === undefined) !== (notOnOrAfter === undefined))
    return new AssertionFault(`${where} has no readable time`)
  if (start !== undefined && start > now + SKEW)
    return new AssertionFault(`${where} begins ${start - now} seconds ahead`, true)
  if (end !== undefined && end <= now - SKEW) return new AssertionFault(`${where} ended ${now - end} seconds ago`, true)
  return undefined
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** Parses `xs:dateTime` in UTC, as SAML Core §1.3.3 requires it; fractions of a second are dropped. */
export function parseXmlInstant(text: string): EpochSeconds | undefined {
  if (!INSTANT.test(text)) return undefined
  const milliseconds = Date.parse(text.replace(/\.\d+/, ''))
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}
