// Jest loads this file as it is, outside its transforms, so that TypeScript needs the hooks.
import './typescript.mjs'

export default async function globalSetup() {
  const { startRunStores } = await import('./run-stores.mjs')
  const stores = await startRunStores()
  globalThis.stopRunStores = stores.stop
  // The environment is what reaches the runner's workers.
  process.env.POSTERN_TEST_DATABASE_URL = stores.databaseUrl
  process.env.POSTERN_TEST_TEMPLATE = stores.template
  process.env.POSTERN_TEST_REDIS_URL = stores.redisUrl
}
