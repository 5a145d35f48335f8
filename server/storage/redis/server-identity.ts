import type { Cluster, Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** Changes with every loss of data: an empty or older copy has none, or another. */
const DATA_EPOCH = 'postern:life'

interface Message {
  readonly channel: string
  readonly text: string
}

/**
 * Publishes messages, and identifies the Redis servers, their data, and the last loss of it. In a cluster the identity changes
 * when any node is restarted or replaced, and when the node that holds the epoch is emptied.
 */
export async function publishAndIdentify(
  redis: RedisClient,
  random: (size: number) => Buffer,
  messages: readonly Message[] = [],
): Promise<string> {
  const { life, processes } = await (isCluster(redis) ? askCluster(redis, messages) : askServer(redis, messages))
  return [...processes.sort(), life ?? (await begin(redis, random))].join(' ')
}

interface Answer {
  readonly life: string | null
  /** What tells each server from another, and from itself before a restart. */
  readonly processes: string[]
}

/** Asks in one round trip: each process does four times a second. */
async function askServer(redis: Redis, messages: readonly Message[]): Promise<Answer> {
  const pipeline = redis.pipeline().get(DATA_EPOCH).info('server').info('replication')
  for (const { channel, text } of messages) pipeline.publish(channel, text)
  const answers = (await pipeline.exec()) ?? []
  const failed = answers.find(([error]) => error)
  if (failed?.[0]) throw failed[0]
  const [life, ...sections] = answers.map(([, answer]) => answer)
  return { life: typeof life === 'string' ? life : null, processes: [processIn(sections.slice(0, 2).join('\n'))] }
}

async function askCluster(redis: Cluster, messages: readonly Message[]): Promise<Answer> {
  const [life, processes] = await Promise.all([
    redis.get(DATA_EPOCH),
    Promise.all(redis.nodes('master').map(processOf)),
    ...messages.map(({ channel, text }) => redis.publish(channel, text)),
  ])
  return { life, processes }
}

async function processOf(redis: Redis): Promise<string> {
  return processIn((await Promise.all([redis.info('server'), redis.info('replication')])).join('\n'))
}

function processIn(sections: string): string {
  return (sections.match(/^(?:run_id|master_replid):\S+/gm) ?? []).join(' ')
}

/** Creates the epoch if missing (SET NX). */
async function begin(redis: RedisClient, random: (size: number) => Buffer): Promise<string> {
  await redis.set(DATA_EPOCH, random(9).toString('base64url'), 'NX')
  return (await redis.get(DATA_EPOCH)) ?? ''
}
