import { Refusal, type RefusalCode } from '../core/access/refusal.js'

interface FailureDetails {
  /** The enrollment page, to which a user without an account is redirected. */
  readonly enrollmentUrl?: URL | undefined
  /** The user name of the user, who may quote it to support. */
  readonly username?: string
  /** The name that the provider sent, of which no user name can be made. It may be any text. */
  readonly cameAs?: string
}

/**
 * A failed sign-in at a provider: a refusal for the user, and a technical cause for the log. The cause may name claims,
 * endpoints and a user name, but no code, token, secret or other personal data.
 */
export class SignInFailure {
  readonly refusal: Refusal

  constructor(
    code: RefusalCode,
    readonly cause: string,
    readonly details: FailureDetails = {},
  ) {
    this.refusal = new Refusal(code)
  }
}

const MAX_SHOWN = 80

/** Refuses a name that a provider sent and that no user can have here. */
export function unusableUsername(given: string, why = 'cannot be used'): SignInFailure {
  const cameAs = given.slice(0, MAX_SHOWN)
  return new SignInFailure('unusable_username', `the user name ${JSON.stringify(cameAs)} ${why}`, { cameAs })
}
