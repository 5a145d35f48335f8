import { once } from 'node:events'
import type { RedisClient } from '../../../server/storage/redis/client.js'

/** Closes a client's connection for good, and returns when it is closed: until then the client may not be connected again. */
export async function hangUp(redis: RedisClient): Promise<void> {
  const ended = once(redis, 'end')
  redis.disconnect()
  await ended
}
