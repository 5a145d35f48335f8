import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import { connectionFields, maintenanceUrl, quoteName, withClient } from './connection.mjs'

const PG_CHAR = 18
const PG_TEXT = 25

/** The driver adapters through which the WebAssembly engine reaches the database and its shadow. */
export function adapterFactory({ url, shadowDatabaseUrl }) {
  const schema = new URL(url).searchParams.get('schema') ?? undefined
  const main = adapter(url, {}, schema)
  return bindMigrationAwareSqlAdapterFactory({
    provider: main.provider,
    adapterName: main.adapterName,
    connect: async () => completed(await main.connect()),
    connectToShadowDb: () => (shadowDatabaseUrl ? connectTo(shadowDatabaseUrl) : temporaryShadow(url)),
  })
}

function adapter(url, overrides, schema) {
  return new PrismaPg({ ...connectionFields(url), ...overrides, max: 1 }, { schema })
}

async function connectTo(url, overrides = {}) {
  return completed(await adapter(url, overrides).connect())
}

/** A database that lives as long as one comparison of the migrations with the schema. */
async function temporaryShadow(url) {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  const onServer = (sql) => withClient(maintenanceUrl(url), (client) => client.query(sql))
  await onServer(`CREATE DATABASE ${quoteName(database)}`)
  const shadow = await connectTo(url, { database })
  const disconnect = shadow.dispose.bind(shadow)
  shadow.dispose = async () => {
    await disconnect()
    await onServer(`DROP DATABASE IF EXISTS ${quoteName(database)} WITH (FORCE)`)
  }
  // Dropping by force ends a pooled connection under the pool, which is no reason to fall.
  shadow.underlyingDriver().on('error', () => {})
  return shadow
}

/** Supplies what the engine needs and adapter-pg 7.10 does not do. */
function completed(connection) {
  readCatalogueChars(connection)
  // Its own executeScript splits at every `;`, which breaks function bodies and DO blocks. Sent whole, the script runs as
  // one implicit transaction.
  connection.executeScript = async (script) => {
    try {
      await connection.underlyingDriver().query(script)
    } catch (error) {
      connection.onError(error)
    }
  }
  return connection
}

/** PostgreSQL's one-byte "char", which the engine reads from the catalogue, has no mapping in the adapter. */
function readCatalogueChars(connection) {
  const charColumns = new WeakMap()
  const performIO = connection.performIO.bind(connection)
  const queryRaw = connection.queryRaw.bind(connection)

  connection.performIO = async (query) => {
    const result = await performIO(query)
    const chars = (result.fields ?? []).filter((field) => field.dataTypeID === PG_CHAR)
    charColumns.set(
      query,
      chars.map((field) => result.fields.indexOf(field)),
    )
    for (const field of chars) field.dataTypeID = PG_TEXT
    return result
  }

  connection.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const column of charColumns.get(query) ?? []) {
      result.columnTypes[column] = ColumnTypeEnum.Character
      for (const row of result.rows) if (row[column] === '') row[column] = '\0'
    }
    return result
  }
}
