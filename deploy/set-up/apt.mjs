import { spawnSync } from 'node:child_process'
import { findProgram } from './find-program.mjs'
import { run } from './run.mjs'
import { Stopped } from './step.mjs'

/** Waits for another process that installs at the same time. */
const options = ['-o', 'DPkg::Lock::Timeout=300', '--yes', '-qq']

/**
 * How to call apt-get here as root, be it through a sudo that asks for no password.
 * @returns {string[] | undefined} undefined where we may not
 */
export function aptGet() {
  const program = findProgram('apt-get')
  if (!program) return undefined
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', program, ...options]
  if (process.getuid?.() === 0) return quiet
  const sudo = findProgram('sudo')
  const allowed = sudo && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return allowed ? [sudo, '-n', ...quiet] : undefined
}

/**
 * Installs Debian packages, fetching the lists of packages first where they are missing or too old.
 * @throws {StepFailed}
 */
export async function install(apt, packages) {
  const sentence = `apt-get could not install ${packages.join(', ')}.`
  const command = [...apt, 'install', '--no-install-recommends', ...packages]
  try {
    await run(sentence, command)
  } catch (error) {
    if (error instanceof Stopped) throw error
    await run(`${sentence} It could not fetch the lists of packages either.`, [...apt, 'update'])
    await run(sentence, command)
  }
}
