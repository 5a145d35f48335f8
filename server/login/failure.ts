import { Refusal, type RefusalCode } from '../core/access/refusal.js'

/**
 * Why somebody could not be signed in by a provider: a code for them, and for the log a technical cause. The cause may
 * name claims, endpoints and a user name; never a code, a token, a secret, or what else a provider said of a person.
 */
export class SignInFailure {
  readonly refusal: Refusal

  constructor(
    code: RefusalCode,
    readonly cause: string,
    /** Where whoever has no account yet gets one: they are sent there instead of being told. */
    readonly enrollmentUrl?: URL,
    /** As whom they came, once the provider has said so: they need it for whom they ask. */
    readonly username?: string,
  ) {
    this.refusal = new Refusal(code)
  }
}
