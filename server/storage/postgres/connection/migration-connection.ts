import pg from 'pg'
import { OperatorError } from '../../../core/operator-error.js'
import { REFUSES_WRITES } from './pool.js'

const CONNECT_TIMEOUT_MS = 10_000

const SENTENCE_BY_CODE: Record<string, (client: pg.Client) => [message: string, remedy: string]> = {
  '28P01': wrongCredentials,
  '28000': wrongCredentials,
  '3D000': ({ database, user }) => [
    `PostgreSQL has no database ${database}.`,
    `Create it: createdb --owner=${user} ${database}; or name another in DATABASE_URL.`,
  ],
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
    const [message, remedy] = SENTENCE_BY_CODE[codeOf(error)]?.(client) ?? unreachable(client, error)
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

function parsed(databaseUrl: string): pg.Client {
  try {
    // pg takes nearly any text for the name of a database on localhost, so ask for a URL first.
    if (!/^postgres(ql)?:$/.test(new URL(databaseUrl).protocol)) throw new TypeError('not PostgreSQL')
    return new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  } catch {
    // No cause: the parser's error carries the whole URL, password included, into any log that prints it.
    throw new OperatorError(
      'DATABASE_URL is not the URL of a PostgreSQL database.',
      'Write it as postgresql://user:password@host:5432/database, with special characters percent-encoded.',
    )
  }
}

function wrongCredentials({ user, host, port }: pg.Client): [string, string] {
  return [
    `PostgreSQL at ${host}:${port} does not accept the user ${user} with this password.`,
    'Correct user and password in DATABASE_URL.',
  ]
}

function unreachable({ host, port }: pg.Client, error: unknown): [string, string] {
  return [
    `PostgreSQL cannot be reached at ${host}:${port}: ${reasonOf(error)}.`,
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
