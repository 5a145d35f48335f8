/** How much a finding matters: a token is admitted, refused or listed wrongly; a store will be wrong; litter. */
export type Severity = 'error' | 'warning' | 'note'

interface Check {
  readonly severity: Severity
  /** Whether `--fix` mends it. */
  readonly isMended: boolean
  readonly says: string
}

const check = (severity: Severity, isMended: boolean, says: string): Check => ({ severity, isMended, says })

/**
 * Lists every check of the stores. Findings are mended in this order: an index that cannot be read is deleted before the
 * sessions that it should list are added to a new one.
 */
// biome-ignore format: a table reads in columns
export const CHECKS = {
  // Redis
  'index-unreadable':   check('error',   true,  'An index of a user in Redis is no index: the user cannot sign in, nor see their sessions'),
  'redis-seal':         check('error',   true,  'A token in Redis has no seal of this site, and is refused: it was forged, changed or copied'),
  'redis-key':          check('error',   true,  'A token in Redis has a key that was not made here, and is refused'),
  'redis-revoked':      check('error',   true,  'A token is revoked in PostgreSQL and still in Redis'),
  'redis-ended':        check('error',   true,  'A token in Redis is valid, and its history says that it has ended'),
  'redis-history':      check('error',   true,  'A token in Redis is valid, and its history has no creation: the process that made it stopped halfway'),
  'redis-orphan':       check('warning', true,  'A delegated token in Redis has lost its parent, and its history no end'),
  'redis-expiry':       check('warning', true,  'A key in Redis that must expire does not'),
  'index-missing':      check('error',   true,  'A valid token in Redis is missing in the index of its owner, who cannot see or revoke it'),
  'index-stale':        check('note',    true,  'An index in Redis lists a token that does not exist'),
  'use-orphan':         check('note',    true,  'Redis has the last use of a token that does not exist'),
  'openid-seal':        check('error',   true,  'A record of the OpenID Connect server in Redis has no seal of this site, and is refused'),

  // Tokens in PostgreSQL, and the history of all
  'postgres-ended':     check('error',   true,  'A token in PostgreSQL is valid, and its history says that it has ended'),
  'postgres-orphan':    check('warning', true,  'An imported token in PostgreSQL has lost its parent, and is refused'),
  'postgres-history':   check('error',   false, 'A token in PostgreSQL is valid, and its history has no creation: look for its maker, or revoke it'),
  'postgres-differs':   check('error',   false, 'A token in PostgreSQL is not what its history says: it was changed by hand, so revoke it'),
  'postgres-key':       check('warning', false, 'A token in PostgreSQL has a key that was not made here, and was not imported'),
  'token-scope':        check('note',    false, 'A token has a scope that the settings do not know'),
  'history-unended':    check('warning', true,  'A token is gone from both stores, and its history has no end'),

  // User names
  'name-twice':         check('error',   false, 'A user name has a local account and a user of a provider'),
  'name-case':          check('warning', false, 'Two user names differ in their case alone'),
  'identity-half':      check('error',   false, 'A user name is bound to half an identity, with which no user can sign in: bind it anew'),
  'identity-history':   check('error',   false, 'A user name is bound to another identity than its history says'),
  'identity-refused':   check('note',    true,  'An identity is listed as refused for the name that belongs to it'),

  // Rows
  'use-row':            check('note',    true,  'The log of uses has a token that never was'),
  'notice-row':         check('note',    true,  'A notice is about a token that never was'),
  'consent-orphan':     check('warning', true,  'A consent is of a user who does not exist: the next owner of the name would have given it'),
  'client-session':     check('warning', true,  'A client waits for the end of a session that never was'),
  'device-login':       check('warning', true,  'The request of a device cannot be read'),
  'past-end':           check('note',    true,  'Rows are kept more than a day after their end'),

  // The site
  'openid-key':         check('error',   false, 'A key that signs ID tokens cannot be opened with the master secret'),
  'quota-overrides':    check('error',   false, 'The quota overrides in Redis are not those of the last audit event: set them again'),
  'audit-chain':        check('error',   false, 'The audit chain is broken: see "postern audit verify"'),
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS

export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[]

/** What a check has found wrong. */
export interface Finding {
  readonly check: CheckName
  /** A token's key, a user name, a key in Redis, or the number of a row. */
  readonly subject: string
  /** The user whose it is, where the store says it. */
  readonly owner?: string
  readonly detail?: string
}

/** Compares findings by the order of {@link CHECKS}. */
export function inOrderOfChecks(a: Finding, b: Finding): number {
  return CHECK_NAMES.indexOf(a.check) - CHECK_NAMES.indexOf(b.check)
}
