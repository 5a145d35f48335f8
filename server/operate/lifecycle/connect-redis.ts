import { randomBytes } from 'node:crypto'
import { OperatorError } from '../../core/operator-error.js'
import { TLS_FAULTS, type TlsFault, tlsFaultOf } from '../../core/tls-fault.js'
import type { Secret } from '../../core/token/secret.js'
import { type RedisHost, readRedisUrl } from '../../settings/redis-url.js'
import { isCluster, openRedis, type RedisClient } from '../../storage/redis/client.js'
import { NEEDED_RIGHTS, refusedCommands } from '../../storage/redis/needed-rights.js'

/** The driver retries sentinels and clusters for ever; an operator who starts Postern needs an error. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Connects to Redis, and asks it for every command that Postern needs.
 *
 * @throws {OperatorError} when it does not answer or refuses a command; the connection is closed then
 */
export async function connectRedis(url: Secret, onError: (error: Error) => void): Promise<RedisClient> {
  let redis: RedisClient | undefined
  let timer: NodeJS.Timeout | undefined
  // The driver's own rejection says only that the connection is closed.
  let cause: Error | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), CONNECT_TIMEOUT_MS)
  })
  try {
    redis = openRedis(url, (error) => {
      cause = error
      onError(error)
    })
    await Promise.race([redis.connect(), late])
    await refuseWithoutRights(redis, url)
    return redis
  } catch (error) {
    redis?.disconnect()
    if (error instanceof OperatorError) throw error
    throw explain(url, cause ?? error, error)
  } finally {
    clearTimeout(timer)
  }
}

const TLS_REMEDIES: Readonly<Record<TlsFault, string>> = {
  untrusted: 'Name the certificate of that authority in REDIS_URL: ?tls-ca=/path/to/ca.pem',
  other_name: 'Name the host in REDIS_URL as the certificate does, or give Redis a certificate for this name.',
  out_of_date: 'Renew the certificate of Redis, or correct the clock of this machine.',
  no_tls: 'Write redis:// in REDIS_URL if every machine on the way is trusted, or name the port of TLS.',
}

function explain(url: Secret, reason: unknown, cause: unknown): OperatorError {
  const { hosts = [], tls, tlsCa, username = 'default' } = readRedisUrl(url.reveal()) ?? {}
  const redis = `Redis at ${namesOf(hosts)}`
  const fault = tlsFaultOf(reason)
  if (fault) return new OperatorError(`${redis} ${TLS_FAULTS[fault]}.`, TLS_REMEDIES[fault], { cause })
  const { message, code, path } = reason as NodeJS.ErrnoException
  if (path !== undefined && path === tlsCa) {
    const unreadable = `The file ${path} that REDIS_URL names cannot be read (${code}).`
    return new OperatorError(
      unreadable,
      'Correct tls-ca in REDIS_URL, or let the user that runs Postern read the file.',
    )
  }
  if (/^(?:WRONGPASS|NOAUTH)\b/.test(message)) {
    const refused = `${redis} does not accept the user ${username} with this password.`
    return new OperatorError(refused, 'Correct user and password in REDIS_URL.', { cause })
  }
  if (message.startsWith('READONLY')) {
    const remedy = 'Name the master in REDIS_URL, or the sentinels that know it.'
    return new OperatorError(`${redis} is a replica, which takes no writes.`, remedy, { cause })
  }
  const hint = tls ? 'If it does not speak TLS, write redis://.' : 'If it speaks TLS only, write rediss://.'
  return new OperatorError(
    `${redis} does not answer (${message}).`,
    `Start it, or correct REDIS_URL; without REDIS_URL Postern runs a Redis of its own. ${hint}`,
    { cause },
  )
}

async function refuseWithoutRights(redis: RedisClient, url: Secret): Promise<void> {
  const refused = await refusedCommands(redis, randomBytes)
  if (refused.length === 0) return
  const { hosts = [], username = 'default' } = readRedisUrl(url.reveal()) ?? {}
  throw new OperatorError(
    `Redis at ${namesOf(hosts)} refuses commands to the user ${username} that Postern needs: ${refused.join(', ')}.`,
    `Allow them: ACL SETUSER ${username} ${NEEDED_RIGHTS}${isCluster(redis) ? ' +cluster' : ''}`,
  )
}

const namesOf = (hosts: readonly RedisHost[]): string => hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
