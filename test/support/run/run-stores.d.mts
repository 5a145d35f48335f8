import type { ServerHome } from '../../server/embedded/server-home.js'

/** Starts the stores of a run, as the tests have them: for programs beside the tests. */
export declare function startRunStores(): Promise<{
  readonly databaseUrl: string
  readonly template: string
  readonly redisUrl: string
  stop(): Promise<void>
}>
export declare function storesFolder(): Promise<{ readonly home: ServerHome; remove(): void }>
