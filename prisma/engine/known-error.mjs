import { databaseOf } from './connection.mjs'

const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH']

/**
 * A driver's error as Prisma's code, message and meta, which the CLI turns into advice (and, for a database that does not
 * exist yet, into creating it).
 */
export function knownError(error, url) {
  const database = url ? databaseOf(url) : ''
  const { username = '', hostname = '', port = '' } = url ? new URL(url) : {}
  switch (error?.code) {
    case '3D000':
      return known('P1003', `Database \`${database}\` does not exist`, { database_name: database })
    case '42P04':
      return known('P1009', `Database \`${database}\` already exists on the database server`, {
        database_name: database,
      })
    case '28P01':
    case '28000':
      return known('P1000', `Authentication failed against the database server: wrong credentials for \`${username}\`.`)
  }
  if (unreachable.includes(error?.code)) {
    return known('P1001', `Can't reach database server at \`${hostname}:${port || 5432}\``)
  }
  return { message: error?.message || String(error) }
}

function known(error_code, message, meta = {}) {
  return { error_code, message, meta }
}
