import { type ErrorLink, withCauses } from '../core/error-causes.js'

/**
 * PostgreSQL's SQLSTATEs for "not now". Classes: connection exceptions (08), transactions rolled back for the sake of others
 * (40), insufficient resources (53), operator's intervention (57), system errors (58). And: read only (25006), a transaction that
 * took too long (25P0x), credentials that it takes no more (28), a database that is gone (3D000), a lock that it did not get in
 * the time that the operator set (55P03).
 */
const SQLSTATE = /^(?:(?:08|28|40|53|57|58)\w{3}|25006|25P0[34]|3D000|55P03)$/
const NETWORK = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
/** Node's codes for a TLS connection that is not trusted, such as one whose certificate has expired. */
const TLS = /^(?:ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/
/** Prisma: the same, unreachable, timed out, connection closed, no connection from the pool, transaction not begun or in conflict. */
const PRISMA = /^(?:P1000|P1001|P1002|P1003|P1008|P1010|P1011|P1017|P2024|P2028|P2034|P2037)$/
const CODES = [SQLSTATE, NETWORK, TLS, PRISMA]
/**
 * Messages of pg and ioredis that come without a code. A process that stops closes its pool under a request that took longer than
 * the stop waits for: another process answers it.
 */
const SENTENCES =
  /^(?:Connection terminated|Cannot use a pool after calling end on the pool|timeout exceeded when trying to connect|timeout expired$|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Received unexpected \w+ message from backend|The server does not support SSL connections|There was an error establishing an SSL connection|Stream isn't writeable|Connection is closed|Command timed out|Reached the max retries per request|Command aborted due to connection close|Cluster isn't ready|Cluster is (?:ended|disconnect)|None of startup nodes is available|Too many Cluster redirections|Failed to refresh slots cache|All sentinels are unreachable|LOADING |READONLY |CLUSTERDOWN |MASTERDOWN |TRYAGAIN |NOREPLICAS |OOM |MISCONF |NOAUTH |WRONGPASS |NOPERM )/
/** Prisma's names for failures of its driver adapter. */
const KINDS = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
])

/** Thrown instead of querying a store that has too many queries pending. */
export class StoreOverloaded extends Error {}

/**
 * Returns whether an error means that a store did not answer, rather than a defect of the program. pg, Prisma and ioredis
 * each wrap it in their own way, so it is recognised by its properties, at any depth.
 */
export function isUnavailable(error: unknown): boolean {
  return withCauses(error).some(isSymptom)
}

function isSymptom(link: ErrorLink): boolean {
  if (OUTAGES.some((outage) => link instanceof outage)) return true
  const { code, originalCode, kind, message } = link
  const codes = [code, originalCode].filter((each) => typeof each === 'string')
  if (codes.some((each) => CODES.some((pattern) => pattern.test(each)))) return true
  if (typeof kind === 'string' && KINDS.has(kind)) return true
  return typeof message === 'string' && SENTENCES.test(message)
}

/** LDAP gave no usable answer: it is unavailable, or refused the search. */
export class LdapError extends Error {
  override readonly name = 'LdapError'
}

/** A user's LDAP entry is not usable; the message names the user and the fault. */
export class LdapEntryError extends Error {
  override readonly name = 'LdapEntryError'
}

/**
 * A user cannot be identified until their entry in the directory is corrected. It is no outage: waiting does not help, and no
 * store is at fault.
 */
export class UnusableUser extends Error {
  override readonly name = 'UnusableUser'
}

/** A user cannot be identified at present: an outage, like that of a store. */
export class LdapUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
}

/** Thrown in place of a token's record while a restore of the site is not confirmed: for clients an outage, until it is. */
export class RestoreUnconfirmed extends Error {
  override readonly name = 'RestoreUnconfirmed'
}

/** A token may be one of Gafaelfawr's, whose stores do not answer: it can be neither admitted nor refused. */
export class GafaelfawrUnavailable extends Error {
  override readonly name = 'GafaelfawrUnavailable'

  constructor() {
    super('The stores of Gafaelfawr do not answer')
  }
}

/** What is an outage although every store answers, or is not ours. */
const OUTAGES = [StoreOverloaded, LdapUnavailable, RestoreUnconfirmed, GafaelfawrUnavailable]
