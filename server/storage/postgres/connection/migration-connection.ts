import pg from 'pg'
import { OperatorError } from '../../../core/operator-error.js'
import { TLS_FAULTS, type TlsFault, tlsFaultOf } from '../../../core/tls-fault.js'
import { connectionString } from './connection-string.js'
import { REFUSES_WRITES } from './pool.js'

const CONNECT_TIMEOUT_MS = 10_000

type Explanation = [message: string, remedy: string]

const SENTENCE_BY_CODE: Record<string, (client: pg.Client, message: string) => Explanation> = {
  '28P01': wrongCredentials,
  '28000': refusedByRule,
  // A pooler's.
  '08P01': (client, message) => (message === 'SSL required' ? withoutTls(client) : unreachable(client, message)),
  '3D000': ({ database, user }) => [
    `PostgreSQL has no database ${database}.`,
    `Create it: createdb --owner=${user} ${database}; or name another in DATABASE_URL.`,
  ],
}

const TLS_REMEDIES: Readonly<Record<TlsFault, string>> = {
  untrusted: 'Name the certificate of that authority in DATABASE_URL: ?sslmode=verify-full&sslrootcert=/path/to/ca.pem',
  other_name: 'Name the host in DATABASE_URL as the certificate does, or give PostgreSQL a certificate for this name.',
  out_of_date: 'Renew the certificate of PostgreSQL, or correct the clock of this machine.',
  no_tls: 'Switch it on there (ssl = on), or write ?sslmode=disable if every machine on the way is trusted.',
}

/**
 * Connects, or says what is wrong with DATABASE_URL. Errors name host, port, user and database, never the password.
 *
 * @throws {OperatorError}
 */
export async function connectForMigration(databaseUrl: string): Promise<pg.Client> {
  const client = parsed(databaseUrl)
  try {
    await client.connect()
  } catch (error) {
    const [message, remedy] = explain(client, error)
    throw new OperatorError(message, remedy, { cause: error })
  }
  // A connection lost between two statements fails the next one; without a listener it would end the process instead.
  client.on('error', () => {})
  if (await refusesWritesOn(client)) {
    await client.end()
    throw new OperatorError(
      `PostgreSQL at ${client.host}:${client.port} takes no writes: it is a replica, or it was set to read only.`,
      'Name the primary in DATABASE_URL, or wait until the failover is over and start again.',
    )
  }
  return client
}

async function refusesWritesOn(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ refuses: boolean }>(REFUSES_WRITES)
  return rows[0]?.refuses ?? false
}

function explain(client: pg.Client, error: unknown): Explanation {
  const fault = tlsFaultOf(error)
  if (fault) return [`PostgreSQL at ${client.host}:${client.port} ${TLS_FAULTS[fault]}.`, TLS_REMEDIES[fault]]
  const reason = reasonOf(error)
  return SENTENCE_BY_CODE[codeOf(error)]?.(client, reason) ?? unreachable(client, reason)
}

function parsed(databaseUrl: string): pg.Client {
  try {
    // pg takes nearly any text for the name of a database on localhost, so ask for a URL first.
    if (!/^postgres(ql)?:$/.test(new URL(databaseUrl).protocol)) throw new TypeError('not PostgreSQL')
    return new pg.Client({
      connectionString: connectionString(databaseUrl),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    })
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (path !== undefined) {
      throw new OperatorError(
        `The file ${path} that DATABASE_URL names cannot be read (${code}).`,
        'Correct sslrootcert, sslcert or sslkey in DATABASE_URL, or let the user that runs Postern read the file.',
      )
    }
    // No cause: the parser's error carries the whole URL, password included, into any log that prints it.
    throw new OperatorError(
      'DATABASE_URL is not the URL of a PostgreSQL database.',
      'Write it as postgresql://user:password@host:5432/database, with special characters percent-encoded.',
    )
  }
}

function wrongCredentials({ user, host, port }: pg.Client): Explanation {
  return [
    `PostgreSQL at ${host}:${port} does not accept the user ${user} with this password.`,
    'Correct user and password in DATABASE_URL.',
  ]
}

/** The rules of `pg_hba.conf` refuse the connection, or there is no such user. */
function refusedByRule(client: pg.Client, message: string): Explanation {
  const { user, database, host, port } = client
  if (message.includes('no encryption')) return withoutTls(client)
  if (message.includes('client certificate')) {
    return [
      `PostgreSQL at ${host}:${port} asks for a certificate of the client.`,
      'Name it in DATABASE_URL: sslcert=/path/to/client.pem&sslkey=/path/to/client.key',
    ]
  }
  if (!message.includes('pg_hba.conf')) return wrongCredentials(client)
  return [
    `PostgreSQL at ${host}:${port} does not let the user ${user} connect to ${database} from this machine: ${message}.`,
    'Add a line for them to pg_hba.conf, and reload PostgreSQL.',
  ]
}

function withoutTls({ host, port }: pg.Client): Explanation {
  return [
    `PostgreSQL at ${host}:${port} takes connections over TLS only.`,
    'Add ?sslmode=verify-full to DATABASE_URL, and sslrootcert=/path/to/ca.pem for an authority of your own.',
  ]
}

function unreachable({ host, port }: pg.Client, reason: string): Explanation {
  return [
    `PostgreSQL cannot be reached at ${host}:${port}: ${reason}.`,
    'Start it, or correct host and port in DATABASE_URL.',
  ]
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? ''
}

/** Several addresses tried give an AggregateError, whose own message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
