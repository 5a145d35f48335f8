import type { ServerHome } from '../../server/embedded/server-home.js'

export declare function storesFolder(): Promise<{ readonly home: ServerHome; remove(): void }>
