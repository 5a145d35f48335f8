import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'

/**
 * A database of its own with this version's schema in it, for one test file or one test. It goes when the run ends.
 *
 * @returns its URL
 */
export function freshDatabase(): Promise<string> {
  return createDatabase(`TEMPLATE ${given('POSTERN_TEST_TEMPLATE')}`)
}

/** As freshDatabase, but with nothing in it. */
export function emptyDatabase(): Promise<string> {
  return createDatabase('TEMPLATE template0')
}

/**
 * An empty Redis database with a number that nobody else has. (Published messages reach every number all the same.)
 *
 * @returns its URL
 */
export async function freshRedis(): Promise<string> {
  const url = new URL(given('POSTERN_TEST_REDIS_URL'))
  const redis = new Redis(url.toString())
  try {
    url.pathname = `/${await redis.incr('databases-given-out')}`
    return url.toString()
  } finally {
    redis.disconnect()
  }
}

async function createDatabase(options: string): Promise<string> {
  const url = new URL(given('POSTERN_TEST_DATABASE_URL'))
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} ${options}`)
  } finally {
    await client.end()
  }
  url.pathname = `/${name}`
  return url.toString()
}

function given(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is missing: run the tests with npm test, which starts the stores.`)
  return value
}
