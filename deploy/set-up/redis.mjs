import { aptGet, install } from './apt.mjs'
import { findProgram } from './find-program.mjs'
import { StepFailed, say as sayAloud } from './step.mjs'

const names = ['valkey-server', 'redis-server']

/** With these set, the server knows itself whether it is to start a Redis. */
const configuredBy = ['REDIS_URL', 'REDIS_URL_FILE', 'POSTERN_CONFIG']

/**
 * Sees to it that there is a Redis to start, where none is configured.
 *
 * @param given what to look at and to do, for the tests
 * @throws {StepFailed} when there is none and none can be installed: all that the server could do is say so again
 */
export async function ensureRedis({
  env = process.env,
  find = findProgram,
  apt = aptGet,
  installPackages = install,
  say = sayAloud,
} = {}) {
  if (configuredBy.some((name) => env[name]) || names.some((name) => find(name))) return
  const command = apt()
  if (!command) {
    throw new StepFailed(
      'Postern needs Redis: install it (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis) or set REDIS_URL.',
    )
  }
  say('Installing Redis …')
  try {
    await installPackages(command, ['redis-server'])
  } catch ({ message, output }) {
    const remedy = 'Install it by hand (sudo apt-get install redis-server), or set REDIS_URL.'
    throw new StepFailed(`${message} ${remedy}`, output)
  }
}
