import type { Redis } from 'ioredis'
import { type Announcements, channelOf } from './announcements.js'
import type { TokenMemory } from './token-memory.js'

/** How often this process tells itself by way of Redis that it can hear. */
const BEAT_MS = 250
/** So many beats without a sound mean that the connection is open at one end only. */
const MOST_SILENT = 3

/** Changes with every loss of data: an empty or older copy has none, or another. */
const LIFE = 'postern:life'

interface Watched {
  readonly redis: Redis
  readonly memory: TokenMemory
  readonly announcements: Announcements
  readonly random: (size: number) => Buffer
}

export interface RedisWatch {
  /** Resolves when the memory is trusted for the first time. */
  readonly trusted: Promise<void>
  stop(): void
}

/**
 * Listens for changes on a connection of its own, and lets the memory be trusted as long as none can be missed: the
 * connection is open, what this process says through Redis comes back on it, and Redis is the same as before, with what it
 * had. Whenever that was not so, `restore` has to succeed first.
 *
 * @param restore tells Redis what it may have lost
 */
export function watchRedis(
  { redis, memory, announcements, random }: Watched,
  restore: () => Promise<unknown>,
  onError: (error: Error) => void,
): RedisWatch {
  const channel = channelOf(redis)
  const name = random(9).toString('base64url')
  const listener = redis.duplicate({ lazyConnect: true, autoResubscribe: false })
  let tell: () => void = () => undefined
  const trusted = new Promise<void>((resolve) => {
    tell = resolve
  })
  let beat = 0
  /** Only what was said after the last loss proves anything. */
  let firstOfAge = 1
  let heard = 0
  let silent = 0
  let identity: string | undefined
  let busy = false
  let stopped = false

  function lose(): void {
    firstOfAge = beat + 1
    identity = undefined
    if (!memory.isTrusted) return
    memory.distrust()
    onError(new Error('Changes of tokens are not heard of: nothing is remembered until they are'))
  }

  function consider(): void {
    const hears = heard >= firstOfAge && silent <= MOST_SILENT
    if (stopped || identity === undefined || !hears || memory.isTrusted) return
    memory.trust()
    tell()
  }

  function hear(message: string): void {
    const [word, from, number] = message.split(' ')
    if (word !== 'beat') memory.forget(message.split(' '))
    else if (from === name) {
      heard = Math.max(heard, Number(number))
      silent = 0
      consider()
    }
  }

  async function settle(): Promise<void> {
    const age = firstOfAge
    const known = identity
    await announcements.catchUp()
    await redis.publish(channel, `beat ${name} ${++beat}`)
    const present = await identityOf(redis, random)
    if (known !== undefined && known !== present) return lose()
    if (known === undefined) {
      await restore()
      if (age !== firstOfAge || present !== (await identityOf(redis, random))) return
      identity = present
    }
    consider()
  }

  function tick(): void {
    // Counted in beats and not in time: a process that was stopped for a while has not listened, and has not answered either.
    if (++silent > MOST_SILENT && memory.isTrusted) lose()
    if (busy) return
    busy = true
    settle()
      .catch(lose)
      .finally(() => {
        busy = false
      })
  }

  listener.on('error', onError)
  listener.on('close', lose)
  redis.on('close', lose)
  listener.on('message', (_channel, message) => hear(message))
  listener.on('ready', () => void listener.subscribe(channel).then(tick, lose))
  listener.connect().catch(lose)
  const timer = setInterval(tick, BEAT_MS)
  return {
    trusted,
    stop() {
      stopped = true
      clearInterval(timer)
      redis.off('close', lose)
      listener.off('close', lose)
      listener.disconnect()
    },
  }
}

/** Which Redis this is: which process, whose data, and since which loss of them. */
async function identityOf(redis: Redis, random: (size: number) => Buffer): Promise<string> {
  const [server, replication, life] = await Promise.all([
    redis.info('server'),
    redis.info('replication'),
    redis.get(LIFE),
  ])
  const lines = `${server}\n${replication}`.match(/^(?:run_id|master_replid):\S+/gm) ?? []
  return [...lines, life ?? (await begin(redis, random))].join(' ')
}

/** The first who finds it without begins it anew. */
async function begin(redis: Redis, random: (size: number) => Buffer): Promise<string> {
  await redis.set(LIFE, random(9).toString('base64url'), 'NX')
  return (await redis.get(LIFE)) ?? ''
}
