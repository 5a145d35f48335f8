import { existsSync, readFileSync } from 'node:fs'
import { writeAtomically } from './atomic-file.js'
import type { ServerUser } from './server-user.js'

export interface RedisAccess {
  port: number
  password: string
}

interface RedisConfiguration {
  /** Where Redis keeps its data. */
  readonly dir: string
  readonly access: RedisAccess
  readonly owner: ServerUser | undefined
  /** Further lines, such as `databases 16`. */
  readonly directives: readonly string[]
}

/**
 * Writes the configuration file of the embedded Redis. It holds the password with mode 0600, because every user of the
 * machine can read a command line.
 */
export function writeRedisConfiguration(
  file: string,
  { dir, access: { port, password }, owner, directives }: RedisConfiguration,
): void {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quoted(dir)}`,
    `pidfile ${quoted(`${dir}/redis.pid`)}`,
    // Sessions survive a restart; a crash of the machine loses those of the last second.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // A full Redis refuses new sessions, and evicts no existing one.
    'maxmemory-policy noeviction',
    ...directives,
  ]
  writeAtomically(file, `${lines.join('\n')}\n`, owner)
}

/** Reads port and password back. @returns undefined when there is no such file */
export function readRedisConfiguration(file: string): RedisAccess | undefined {
  if (!existsSync(file)) return undefined
  const directives = new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(' ', 2) as [string, string]),
  )
  const password = directives.get('requirepass')
  return password ? { port: Number(directives.get('port')), password } : undefined
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
