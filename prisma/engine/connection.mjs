import pg from 'pg'

/** Runs `work` with a connection of its own and closes it, whatever happens. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same server's `postgres` database: a database cannot be created or dropped from within itself. */
export function maintenanceUrl(url) {
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  return maintenance.toString()
}

/** @returns {string} the database that a URL names */
export function databaseOf(url) {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || 'postgres'
}

/**
 * The URL in single fields. adapter-pg needs them so: given a `connectionString` it connects "to the shadow database" with
 * the very same string, and resets the **main** database in place of the shadow.
 */
export function connectionFields(url) {
  const { host, port, user, password, database, ssl } = new pg.Client({ connectionString: url })
  return { host, port, user, password, database, ssl }
}

/** A name as PostgreSQL quotes it. */
export function quoteName(name) {
  return pg.escapeIdentifier(name)
}
