import { defineConfig } from 'prisma/config'

const url = process.env.DATABASE_URL

// Generating the client needs no database, so a missing URL is no mistake here: `migrate` says so itself.
export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(url ? { datasource: { url } } : {}),
})
