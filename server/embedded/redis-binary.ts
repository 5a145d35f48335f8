import path from 'node:path'
import { OperatorError } from '../core/operator-error.js'
import { isExecutable } from './executable.js'

const names = ['valkey-server', 'redis-server']

/** Install locations that may be missing from the PATH of a service. */
const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/** Finds the Redis or Valkey executable. @throws {OperatorError} when none is installed */
export function redisBinary(searchPath = process.env.PATH ?? '', folders: readonly string[] = usualFolders): string {
  for (const name of names) {
    for (const folder of [...searchPath.split(path.delimiter), ...folders]) {
      const file = path.join(folder, name)
      if (isExecutable(file)) return file
    }
  }
  throw new OperatorError(
    'Postern needs Redis or Valkey, and found neither redis-server nor valkey-server.',
    'Install one (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis), or set REDIS_URL.',
  )
}
