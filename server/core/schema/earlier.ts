import { type Declaration, declarationOf } from './declaration.js'

/**
 * The declarations of the migrations that were made before there was a header. Their text stays as it was applied, to the
 * byte, so theirs are here.
 */
// biome-ignore format: a table reads in columns
const HEADERS: Readonly<Record<string, string>> = {
  '20261122000000_first':                          'expand: Tokens, their history, local accounts and groups.',
  '20261122010000_pinned_and_children':            'expand: Identities that administrators gave to tokens; an index of the history by parent.',
  '20261122020000_token_use':                      'expand: Where tokens are used; tokens that keep their scopes.',
  '20261122030000_person':                         'expand: Users of identity providers.',
  '20261122040000_token_warning':                  'expand: Warnings before tokens expire.',
  '20261122050000_history_by_address_and_end':     'expand: Indexes of the history by address and by end.',
  '20261122060000_directory_answer':               'expand: The last answers of LDAP.',
  '20261122060000_programs':                       'expand: Observing programs, their investigators and history.',
  '20261122070000_revocation':                     'expand: Revoked sessions and delegated tokens, for a Redis that lost its last writes.',
  '20261122080000_used_below':                     'expand: When tokens that came from a token were last used.',
  '20261126000000_audit':                          'expand: The audit trail and its chain.',
  '20261126000000_token_makers':                   'expand: The tokens that a token was made with.',
  '20261126010000_identity':                       'expand: The identity that a user name belongs to; investigators who have not signed in await a confirmation.',
  '20261126031000_lockdown':                       'expand: Lockdown, and emergency accounts.',
  '20261126040000_notices':                        'expand: Notices to users.',
  '20261126040000_token_restriction':              'expand: Tokens bound to networks and services.',
  '20261126050000_password_to_change':             'expand: Passwords to change at the next sign-in.',
  '20261126060000_notice_mail':                    'expand: Notices by e-mail.',
  '20261126060000_passkey':                        'expand: Passkeys.',
  '20261126070000_first_sign_in':                  'contract after 20261126070000_first_sign_in: First sign-ins; the places of sign-ins go, which no release used.',
  '20261126080000_oidc_server':                    'expand: Clients, keys and sessions of the OpenID Connect server.',
  '20261126080000_warning_claims':                 'expand: Warnings that are tried again.',
  '20261126090000_device_login':                   'expand: Sign-ins of programs by a code.',
  '20261126160000_oidc_session_tries':             'expand: How often a client was told of the end of a session.',
  '20261126170000_oidc_key_rotation':              'expand: From when until when a key signs.',
  '20261126171000_oidc_consent':                   'expand: What users have agreed that clients learn.',
  '20261126172000_oidc_import':                    'expand: Whether clients of the settings were taken over.',
}

/** Finds the declaration of a migration of before. */
export function earlierDeclaration(name: string): Declaration | undefined {
  const header = HEADERS[name]
  return header === undefined ? undefined : declarationOf(`-- ${header}`)
}
