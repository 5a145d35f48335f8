import { databaseOf, maintenanceUrl, quoteName, withClient } from './connection.mjs'
import { knownError } from './known-error.mjs'

const commands = {
  'can-connect-to-database': (url) => withClient(url, (client) => client.query('SELECT 1')),
  'create-database': createDatabase,
  'drop-database': (url) => onServer(url, `DROP DATABASE ${quoteName(databaseOf(url))}`),
}

/**
 * `schema-engine … cli <command>`: the engine's commands outside its JSON-RPC.
 * @returns {Promise<number>} the exit code; an error goes to standard error in the engine's own log format
 */
export async function runDatabaseCommand({ command, datasource }) {
  try {
    const run = commands[command]
    if (!run) throw new Error(`The schema engine has no command ${command}.`)
    await run(datasource.url)
    return 0
  } catch (error) {
    const { message, error_code, meta } = knownError(error, datasource.url)
    const fields = { message, is_panic: false, error_code, meta }
    const line = { timestamp: new Date().toISOString(), level: 'ERROR', fields, target: 'schema_engine::logger' }
    // The CLI takes the error from the last line and drops the first.
    process.stderr.write(`schema-engine\n${JSON.stringify(line)}`)
    return 1
  }
}

export function createDatabase(url) {
  return onServer(url, `CREATE DATABASE ${quoteName(databaseOf(url))}`)
}

function onServer(url, sql) {
  return withClient(maintenanceUrl(url), (client) => client.query(sql))
}
