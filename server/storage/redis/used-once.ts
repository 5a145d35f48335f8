import type { RedisClient } from './client.js'

/* The same request asks again where its answer was lost: it has its own mark. */
const USE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0`

/* Another request that has used it since keeps its mark. */
const UNDO = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/** Names a request, so that a mark is known as its own: when the answer is lost, nothing else tells who has made it. */
export interface Use {
  /** The key of the mark. */
  readonly place: string
  readonly by: string
}

/** Marks something as used, in all processes; false if another request has. */
export async function markUsed(redis: RedisClient, { place, by }: Use, seconds: number): Promise<boolean> {
  return (await redis.eval(USE, 1, place, by, seconds)) === 1
}

/** Takes a mark away if it is of this request. */
export async function unmarkUsed(redis: RedisClient, { place, by }: Use): Promise<void> {
  await redis.eval(UNDO, 1, place, by)
}
