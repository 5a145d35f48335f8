/** The error codes that a Bearer challenge may carry: RFC 6750 §3.1 and RFC 9470 §3. */
export type BearerError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'

/** The meaning of a refusal code, for clients and for users. */
interface CodeMeaning {
  /** The true HTTP status; proxies that pass only 401 and 403 get it in `X-Error-Status`. */
  readonly status: number
  /** RFC 6750's error code, or RFC 9470's, where it has one. The challenge carries it; Gafaelfawr's `type` is the same. */
  readonly word?: BearerError
  /** For clients: Gafaelfawr's `msg`. */
  readonly sentence: string
  /** For people: what to do about it. */
  readonly remedy: string
}

const plain = (status: number, sentence: string, remedy: string): CodeMeaning => ({ status, sentence, remedy })
const bearer = (status: number, word: BearerError, sentence: string, remedy: string): CodeMeaning => ({
  status,
  word,
  sentence,
  remedy,
})

/**
 * Lists every refusal of Postern. The codes are Gafaelfawr's error types, and RFC 6750's error codes where it has one
 * (`invalid_request`, `invalid_token`, `insufficient_scope`). An error outside this table is a bug and is answered with
 * `internal_error` and no detail.
 */
// biome-ignore format: a table reads in columns
export const REFUSALS = {
  // Credentials
  no_authorization:        plain(401,                        'Authentication required',                                  'Sign in, or send a token.'),
  invalid_request:         bearer(400, 'invalid_request',     'Malformed Authorization header',                           'Send "Authorization: Bearer" and the token, or Basic with x-oauth-basic and the token.'),
  invalid_token:           bearer(401, 'invalid_token',       'Token is not valid',                                       'The token has expired or was revoked, or was not copied whole. Create a new one.'),
  lifetime_too_short:      bearer(401, 'invalid_token',       'Remaining token lifetime too short',                       'Sign in again, or use a token that lasts longer.'),
  insufficient_scope:      bearer(403, 'insufficient_scope',  'Token missing required scope',                             'Create a token with the scope that this service asks for.'),
  user_not_allowed:        bearer(403, 'insufficient_scope',  'Access not allowed for this user',                         'This is for another user. Ask the administrators of this site if that is wrong.'),
  exclusive_access:        bearer(403, 'insufficient_scope',  'These data are still reserved for the investigators of their program and the users they gave access to', 'Ask the principal investigator to add the e-mail address of your account, or wait until the exclusive access period is over.'),
  outside_restriction:     bearer(403, 'insufficient_scope',  'Token may not be used here',                               'The token is bound to other networks or services. Use it there, or create one for this.'),
  program_unknown:         plain(403,                        'No program is known by this identifier',                   'Check the address. The archive may not have told this site of the program yet.'),
  quota_blocked:           bearer(403, 'insufficient_scope',  'Access to this service is blocked by quota',               'Ask the administrators of this site.'),
  rate_limited:            plain(429,                        'Rate limit exceeded',                                      'Wait until the time that Retry-After names.'),
  options_not_supported:   plain(404,                        'OPTIONS requests not supported',                           'This service takes no OPTIONS requests.'),
  cors_preflight_rejected: plain(403,                        'Cross-origin requests are not allowed from this origin',   'Call it from a page of this site.'),
  cross_site:              plain(403,                        'A page of another site sent this',                         'Nothing was changed. Do it from a page of this site, at its own address.'),
  other_address:           plain(421,                        'This site has another address',                            'Continue at its own address. If that fails, tell the administrators: baseUrl and the address in the configuration of the proxy must be the one that users type.'),
  invalid_csrf:            plain(403,                        'Invalid CSRF token',                                       'Reload the page and send the form again.'),
  permission_denied:       plain(403,                        'Permission denied',                                        'Ask the administrators of this site for access.'),

  insufficient_user_authentication: bearer(403, 'insufficient_user_authentication', 'More recent authentication is required', 'Nothing was changed. Sign in again, and do it within the time that max_age names; or use a user token.'),

  locked_down:             plain(403,                        'This site is locked down: no sign-ins and no new tokens',  'The administrators are dealing with an incident. Tokens and sessions that you have still work. Try again later.'),

  restore_unconfirmed:     plain(503,                        'This site was restored from a backup, and the restore is not confirmed yet', 'The administrators see to it that nothing that was revoked comes back. Try again later.'),

  // Signing in
  sign_in_failed:          plain(403,                        'The user name or the password is not right',               'Try again, or ask the administrators of this site to reset the password.'),
  sign_in_slowed:          plain(429,                        'Too many failed attempts to sign in',                      'Wait before you try again.'),
  password_change_required: plain(403,                       'This password was for the first sign-in',                  'Choose another. You are signed in with it.'),
  passkey_required:        plain(403,                        'This account asks for a passkey after the password',       'Use a passkey of yours. Without any, ask the administrators of this site.'),
  passkey_failed:          plain(403,                        'The passkey could not be verified',                        'Try again, or use another passkey of yours.'),
  too_many_passkeys:       plain(409,                        'The account has as many passkeys as it may',               'Remove one that is not needed any more.'),
  no_access:               plain(403,                        'Your account is in no group that may use this site',       'Ask the administrators of this site to add you to a group.'),

  // Signing in with an identity provider
  sign_in_lost:            plain(403,                        'This sign-in was not begun in this browser, or took too long', 'Start again from the page you wanted to see. Cookies must be on.'),
  provider_denied:         plain(403,                        'The identity provider did not let you in, or you cancelled',   'Start again, and allow what it asks; or choose another way to sign in.'),
  provider_failed:         plain(502,                        'The identity provider could not sign you in',                  'Try again; if it happens again, tell the administrators the reference.'),
  provider_unreachable:    plain(503,                        'The identity provider cannot be reached',                      'Try again in a few minutes, or choose another way to sign in.'),
  provider_timeout:        plain(504,                        'The identity provider does not answer in time',                'Try again in a few minutes, or choose another way to sign in.'),
  provider_mistrusted:     plain(502,                        'The answer of the identity provider could not be verified',    'Start again; if it happens again, tell the administrators the reference.'),
  provider_clock:          plain(502,                        'The clocks of this site and of the identity provider disagree', 'Tell the administrators the reference: one of the two clocks must be set right.'),
  provider_not_asked:      plain(502,                        'The identity provider does not say that you signed in there just now', 'Sign out, there too, and sign in; if it happens again, tell the administrators the reference.'),
  other_user:              plain(403,                        'You signed in again as another user',                          'Your session is as it was. Sign in as its user, or sign out first.'),
  not_enrolled:            plain(403,                        'The identity provider knows you, but you have no user name here yet', 'Ask the administrators of this site to enrol you.'),
  unusable_username:       plain(403,                        'Your user name at the identity provider cannot be used here',  'User names here are 1 to 64 lowercase letters, digits and single dashes between them, with at least one letter. Tell the administrators of this site how you came.'),
  groups_withheld:         plain(403,                        'The identity provider left your groups out, because they are many',  'Ask the administrators of this site: the provider has to send fewer groups, or they have to come from LDAP.'),
  name_taken:              plain(403,                        'Your user name belongs to another user, or to you when you sign in another way',  'Sign in the way you did before; if you never did, ask the administrators of this site.'),
  account_disabled:        plain(403,                        'Your account is disabled',                                     'Ask the administrators of this site.'),

  // Accounts
  invalid_account:         plain(422,                        'The account is not valid',                                 'Correct what is named.'),
  account_exists:          plain(409,                        'There is an account of that name already',                 'Choose another user name.'),
  account_unknown:         plain(404,                        'There is no account of that name',                         'See "postern account list".'),

  // Programs
  program_not_found:       plain(404,                        'There is no such program, or it is not yours',             'Check its identifier.'),
  invalid_email:           plain(422,                        'That is no e-mail address',                                'Give an address such as ada@example.org.'),
  grant_not_found:         plain(404,                        'No access was given to that address',                  'See who has access.'),
  not_the_investigator:    plain(403,                        'Only a principal investigator changes who has access',     'Ask the principal investigator, or the administrators of this site.'),
  too_many_grants:         plain(409,                        'A program lets in at most 1000 addresses',                 'Remove those who need no access any more.'),
  programs_loading:        plain(409,                        'Programs are being loaded at this moment',                 'Try again when that is done.'),

  // Clients of the OpenID Connect server
  not_supported:           plain(404,                        'OpenID Connect server not configured',                     'Ask the administrators of this site: oidcServer is not enabled.'),
  invalid_client:          plain(403,                        'Unknown client ID in OpenID Connect request',              'The service that sent you here is not registered at this site. Tell its operators.'),
  return_uri_mismatch:     plain(403,                        'The address to return to is not one of the client’s',      'The service that sent you here is registered with another address. Tell its operators.'),
  client_not_allowed:      plain(403,                        'Your account may not use this service',                    'Ask the administrators of this site for what is named.'),
  device_unknown:          plain(404,                        'No device waits with this code',                           'Compare it with what the device shows. Each code works once, for ten minutes.'),
  client_unknown:          plain(404,                        'There is no such OpenID Connect client',                   'Check its identifier.'),
  invalid_redirect_uri:    plain(422,                        'That is no address to return to',                          'Give an https address, such as https://grafana.example.org/login/generic_oauth.'),
  signing_keys_given:      plain(409,                        'The settings have the keys that sign ID tokens',           'Put a new key behind the present one in oidcServerKey, and first an hour later.'),
  signing_keys_sealed:     plain(409,                        'The key that signs ID tokens cannot be unsealed here',     'Give this command the master secret of the server.'),

  // Requests
  invalid_parameter:       plain(422,                        'A parameter is not valid',                                 'Correct the parameter that is named.'),
  invalid_return_url:      plain(422,                        'The address to return to is not on this site',             'Start again from the page you wanted to see.'),
  invalid_name:            plain(422,                        'A token name has 1 to 64 characters',                      'Choose another name.'),
  invalid_scopes:          plain(422,                        'Requested scopes are broader than your current scopes',    'Ask only for scopes that you hold.'),
  invalid_expires:         plain(422,                        'Token must be valid for at least five minutes',            'Choose a later time.'),
  invalid_restriction:     plain(422,                        'The networks or services are not valid',                   'Give networks such as 192.0.2.0/24, and names of services.'),
  invalid_minimum_lifetime: plain(422,                       'Requested lifetime is longer than the maximum',            'Ask for a shorter minimum_lifetime.'),
  too_many_tokens:         plain(409,                        'The user has as many tokens as they may',                  'Revoke tokens that are not needed any more.'),
  token_suspended:         plain(409,                        'Token is suspended',                                       'Ask the administrators of this site. They can lift the suspension, or revoke the token.'),
  suspension_over:         plain(409,                        'The suspension can no longer be lifted',                   'It became a revocation when it ran out. Create a new token.'),
  duplicate_token_name:    plain(409,                        'Token name is already used',                               'Choose another name, or revoke the token that has it.'),
  not_found:               plain(404,                        'Not Found',                                                'Check the address.'),
  method_not_allowed:      plain(405,                        'Method Not Allowed',                                       'See the Allow header for what this address takes.'),
  invalid_signature:       plain(403,                        'The signature of the report is not right',                 'Sign the body as it is sent, with a key of the configured list.'),
  malformed_request:       plain(400,                        'The request is malformed',                                 'Correct the request.'),
  too_large:               plain(413,                        'The request body is too large',                            'Send less.'),

  // Postern itself
  store_unavailable:       plain(503,                        'A store that this needs does not answer',                  'Try again in a moment.'),
  user_info_failed:        plain(500,                        'Unable to get user information',                           'The entry of your account in the directory of this site cannot be used. Tell the administrators the reference.'),
  internal_error:          plain(500,                        'Something went wrong here',                                'Try again; if it happens again, tell the administrators the reference.'),
} as const satisfies Record<string, CodeMeaning>

export type RefusalCode = keyof typeof REFUSALS

export function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && Object.hasOwn(REFUSALS, code)
}

/** The particular sentence of a refusal in `views/words`: the message `refusals.<code>.<name>`. */
export interface RefusalDetail {
  readonly name: string
  readonly values: Readonly<Record<string, string | number>>
}

/** A refusal as a value: a code of the closed set, with a more particular sentence where that helps. */
export class Refusal {
  readonly code: RefusalCode
  readonly message: string
  readonly #status: number | undefined
  readonly detail: RefusalDetail | undefined

  constructor(
    code: RefusalCode,
    message?: string,
    { status, detail }: { readonly status?: number; readonly detail?: RefusalDetail | undefined } = {},
  ) {
    this.code = code
    this.message = message ?? REFUSALS[code].sentence
    this.#status = status
    this.detail = detail
  }

  /** Returns this refusal with the status that the location asks for. */
  withStatus(status: number | undefined): Refusal {
    return status === undefined ? this : new Refusal(this.code, this.message, { status, detail: this.detail })
  }

  /** Returns this refusal with the name of the message that states its particular sentence in the user's language. */
  worded(name: string, values: RefusalDetail['values'] = {}): Refusal {
    const detail = { name, values }
    return new Refusal(this.code, this.message, { detail, ...(this.#status !== undefined && { status: this.#status }) })
  }

  /** Gafaelfawr's `type`. */
  get type(): string {
    return this.word ?? this.code
  }

  get word(): BearerError | undefined {
    const meaning: CodeMeaning = REFUSALS[this.code]
    return meaning.word
  }

  get status(): number {
    return this.#status ?? REFUSALS[this.code].status
  }

  get remedy(): string {
    return REFUSALS[this.code].remedy
  }
}
