import { type ErrorLink, withCauses } from '../core/error-causes.js'

/** PostgreSQL's SQLSTATEs for "not now": connection exceptions, too many connections, shutting down, starting up. */
const SQLSTATE = /^(?:08\w{3}|53300|57P0[1-4])$/
const NETWORK = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
/** Prisma: unreachable, timed out, connection closed, no connection to be had from the pool, transaction not begun. */
const PRISMA = /^(?:P1001|P1002|P1008|P1017|P2024|P2028)$/
/** Messages of pg and ioredis that come without a code. */
const SENTENCES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Stream isn't writeable|Connection is closed|Command timed out|Reached the max retries per request|Command aborted due to connection close|Cluster isn't ready|Cluster is (?:ended|disconnect)|None of startup nodes is available|Too many Cluster redirections|Failed to refresh slots cache|All sentinels are unreachable|LOADING |READONLY |CLUSTERDOWN |MASTERDOWN |TRYAGAIN |NOREPLICAS |OOM |MISCONF )/
/** Prisma's names for failures of its driver adapter. */
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])

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
  if (link instanceof StoreOverloaded || link instanceof LdapUnavailable) return true
  const { code, originalCode, kind, message } = link
  const codes = [code, originalCode].filter((each) => typeof each === 'string')
  if (codes.some((each) => SQLSTATE.test(each) || NETWORK.test(each) || PRISMA.test(each))) return true
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

/** A user cannot be identified at present: an outage, like that of a store. */
export class LdapUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
}
