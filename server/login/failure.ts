import { Refusal, type RefusalCode } from '../core/access/refusal.js'

/**
 * A failed sign-in at a provider: a refusal for the user, and a technical cause for the log. The cause may name claims,
 * endpoints and a user name, but no code, token, secret or other personal data.
 */
export class SignInFailure {
  readonly refusal: Refusal

  constructor(
    code: RefusalCode,
    readonly cause: string,
    /** The enrollment page, to which a user without an account is redirected. */
    readonly enrollmentUrl?: URL,
    /** The user name that the provider gave, for the user to quote to support. */
    readonly username?: string,
  ) {
    this.refusal = new Refusal(code)
  }
}
