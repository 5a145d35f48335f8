/** What a refusal code means, whoever reads it. */
interface Meaning {
  /** The HTTP status of the truth; proxies that pass only 401 and 403 get it in `X-Error-Status`. */
  readonly status: number
  /** For programs: Gafaelfawr's `msg`. */
  readonly sentence: string
  /** For people: what to do about it. */
  readonly remedy: string
}

const mean = (status: number, sentence: string, remedy: string): Meaning => ({ status, sentence, remedy })

/**
 * Every way in which Postern says no. The codes are Gafaelfawr's error types, and RFC 6750's words where it has one
 * (`invalid_request`, `invalid_token`, `insufficient_scope`). Whatever is not in this table is a bug and is answered
 * with `internal_error` and no detail.
 */
// biome-ignore format: a table reads in columns
export const REFUSALS = {
  // Credentials (RFC 6750, section 3.1)
  no_authorization:     mean(401, 'Authentication required',                                         'Sign in, or send a token.'),
  invalid_request:      mean(400, 'Malformed Authorization header',                                  'Send "Authorization: Bearer" and the token, or Basic with x-oauth-basic and the token.'),
  invalid_token:        mean(401, 'Token is not valid',                                              'The token has expired or was revoked, or was not copied whole. Create a new one.'),
  insufficient_scope:   mean(403, 'Token missing required scope',                                    'Create a token with the scope that this service asks for.'),
  invalid_csrf:         mean(403, 'Invalid CSRF token',                                              'Reload the page and send the form again.'),
  permission_denied:    mean(403, 'Permission denied',                                               'Ask the administrators of this site for access.'),

  // Signing in
  sign_in_failed:       mean(403, 'The user name or the password is not right',                      'Try again, or ask the administrators of this site to reset the password.'),
  sign_in_slowed:       mean(429, 'Too many failed attempts to sign in',                             'Wait before you try again.'),
  no_access:            mean(403, 'Your account is in no group that may use this site',              'Ask the administrators of this site to add you to a group.'),

  // Accounts
  invalid_account:      mean(422, 'The account is not valid',                                        'Correct what is named.'),
  account_exists:       mean(409, 'There is an account of that name already',                        'Choose another user name.'),
  account_unknown:      mean(404, 'There is no account of that name',                                'See "postern account list".'),

  // Requests
  invalid_parameter:    mean(422, 'A parameter is not valid',                                        'Correct the parameter that is named.'),
  invalid_return_url:   mean(422, 'The address to return to is not on this site',                    'Start again from the page you wanted to see.'),
  invalid_name:         mean(422, 'A token name has 1 to 64 characters',                             'Choose another name.'),
  invalid_scopes:       mean(422, 'Requested scopes are broader than your current scopes',           'Ask only for scopes that you hold.'),
  invalid_expires:      mean(422, 'Token must be valid for at least five minutes',                   'Choose a later time.'),
  duplicate_token_name: mean(409, 'Token name is already used',                                      'Choose another name, or revoke the token that has it.'),
  not_found:            mean(404, 'Not Found',                                                       'Check the address.'),
  method_not_allowed:   mean(405, 'Method Not Allowed',                                              'See the Allow header for what this address takes.'),
  malformed_request:    mean(400, 'The request is malformed',                                        'Correct the request.'),
  too_large:            mean(413, 'The request body is too large',                                   'Send less.'),

  // Postern itself
  store_unavailable:    mean(503, 'A store that this needs does not answer',                         'Try again in a moment.'),
  internal_error:       mean(500, 'Something went wrong here',                                       'Try again; if it happens again, tell the administrators the reference.'),
} as const satisfies Record<string, Meaning>

export type RefusalCode = keyof typeof REFUSALS

/** An operation's "no", as a value: a code from the closed set, with the sentence made particular where that helps. */
export class Refusal {
  readonly code: RefusalCode
  readonly message: string

  constructor(code: RefusalCode, message?: string) {
    this.code = code
    this.message = message ?? REFUSALS[code].sentence
  }

  get status(): number {
    return REFUSALS[this.code].status
  }

  get remedy(): string {
    return REFUSALS[this.code].remedy
  }
}
