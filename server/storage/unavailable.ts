/** PostgreSQL's SQLSTATEs for "not now": connection exceptions, too many connections, shutting down, starting up. */
const SQLSTATE = /^(?:08\w{3}|53300|57P0[1-4])$/
const NETWORK = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
/** Prisma: unreachable, timed out, connection closed, no connection to be had from the pool, transaction not begun. */
const PRISMA = /^(?:P1001|P1002|P1008|P1017|P2024|P2028)$/
/** What pg and ioredis say without giving it a code. */
const SENTENCES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Stream isn't writeable|Connection is closed|Command timed out|Reached the max retries per request|Command aborted due to connection close|Cluster isn't ready|Cluster is (?:ended|disconnect)|None of startup nodes is available|Too many Cluster redirections|Failed to refresh slots cache|All sentinels are unreachable|LOADING |READONLY |CLUSTERDOWN |MASTERDOWN |TRYAGAIN |NOREPLICAS |OOM |MISCONF )/
/** Prisma's words for what its driver adapter met. */
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])

/** Thrown instead of asking a store that is asked too much already. */
export class StoreOverloaded extends Error {}

/**
 * Whether an error means that a store did not answer, rather than that the program is wrong. pg, Prisma and ioredis each
 * wrap it in their own way, Prisma's adapter as plain data; so it is told by what it says, at any depth.
 */
export function isUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if (error instanceof StoreOverloaded || error instanceof LdapUnavailable) return true
  const { code, originalCode, kind, message } = error as Record<string, unknown>
  const codes = [code, originalCode].filter((each) => typeof each === 'string')
  if (codes.some((each) => SQLSTATE.test(each) || NETWORK.test(each) || PRISMA.test(each))) return true
  if (typeof kind === 'string' && KINDS.has(kind)) return true
  if (typeof message === 'string' && SENTENCES.test(message)) return true
  return causesOf(error).some(isUnavailable)
}

function causesOf(error: object): unknown[] {
  const { cause, meta, errors } = error as {
    cause?: unknown
    meta?: { driverAdapterError?: unknown }
    errors?: unknown
  }
  return [cause, meta?.driverAdapterError, ...(Array.isArray(errors) ? errors : [])]
}

/** The directory was asked and gave no answer that helps: it is away, or it refuses. */
export class LdapError extends Error {
  override readonly name = 'LdapError'
}

/** Somebody's entry cannot be believed; the message names them and says what is wrong with it. */
export class LdapEntryError extends Error {
  override readonly name = 'LdapEntryError'
}

/** Who somebody is cannot be told at the moment: an outage, like that of a store. */
export class LdapUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
}
