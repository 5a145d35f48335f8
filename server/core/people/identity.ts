import { isStorable } from '../storable-text.js'

/**
 * A user at a provider, by what the provider never gives to another user: `iss` and `sub` of OpenID Connect, the address
 * and the numeric id of GitHub. A user name, an e-mail address or a full name identifies no user.
 */
export interface Subject {
  readonly issuer: string
  readonly subject: string
}

/** An identity that a provider vouches for. */
export interface ProvidedIdentity extends Subject {
  /** The provider's `id` in the configuration. */
  readonly provider: string
}

/** The present owner of a user name. */
export type NameHolder =
  /** A local account: its user name and password are its identity, and no provider's user has a claim to it. */
  | { readonly is: 'account' }
  /** A user of a provider; without an identity when the last sign-in was before identities were stored. */
  | { readonly is: 'person'; readonly provider: string; readonly identity?: Subject }

/** What a sign-in with a user name is. */
export type NameClaim =
  /** The name is free, or its owner is not bound yet: it belongs to this identity from now on. */
  | 'bind'
  /** The identity to which the name belongs. */
  | 'same'
  /** The name belongs to another user. */
  | 'taken'

/** OpenID Connect Core 1.0 §2: a `sub` has at most 255 characters. */
const MAX_SUBJECT_LENGTH = 255
const MAX_ISSUER_LENGTH = 1024

/** Returns whether an identity can be stored and compared. */
export function isSubject({ issuer, subject }: Subject): boolean {
  return fits(issuer, MAX_ISSUER_LENGTH) && fits(subject, MAX_SUBJECT_LENGTH)
}

/**
 * Decides whether an identity may use a user name. A name belongs to its first source, and there to its first identity.
 *
 * Attack: a provider gives a user name to another user, or lets users choose theirs. The user who gets the name of Ada
 * must not become Ada (OpenID Connect Core 1.0 §5.7).
 *
 * @param holder absent: no user has the name
 */
export function claimName(holder: NameHolder | undefined, { provider, ...identity }: ProvidedIdentity): NameClaim {
  if (!holder) return 'bind'
  if (holder.is === 'account' || holder.provider !== provider) return 'taken'
  if (!holder.identity) return 'bind'
  return isSame(holder.identity, identity) ? 'same' : 'taken'
}

/** Compares to the letter: two identifiers that differ in case are two users. */
export function isSame(a: Subject, b: Subject): boolean {
  return a.issuer === b.issuer && a.subject === b.subject
}

function fits(text: string, most: number): boolean {
  return text.length > 0 && text.length <= most && isStorable(text)
}
