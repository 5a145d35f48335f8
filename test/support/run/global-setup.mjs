import { startRunStores } from './run-stores.mjs'

// Not TypeScript, and on the compiled server: the runner loads this file as it is, outside its own transforms.
export default async function globalSetup() {
  const stores = await startRunStores()
  globalThis.stopRunStores = stores.stop
  // The environment is what reaches the runner's workers.
  process.env.POSTERN_TEST_DATABASE_URL = stores.databaseUrl
  process.env.POSTERN_TEST_TEMPLATE = stores.template
  process.env.POSTERN_TEST_REDIS_URL = stores.redisUrl
}
