import { existsSync } from 'node:fs'
import { aptGet, install } from '../../deploy/set-up/apt.mjs'
import { findProgram } from '../../deploy/set-up/find-program.mjs'
import { say } from '../../deploy/set-up/step.mjs'
import { installDachs } from '../clients/support/install-dachs.mjs'

/** Debian's pyVO belongs to Debian's Python, whatever other `python3` comes first on the PATH. */
const PYVO = '/usr/lib/python3/dist-packages/pyvo/__init__.py'

const onPath = (name) => () => findProgram(name) !== undefined

/** What suites need besides npm's packages: the Debian package that it comes in, and what proves that it is there. */
// biome-ignore format: a table
export const systemPackages = {
  chromium: { package: 'chromium',          isInstalled: onPath('chromium') },
  curl:     { package: 'curl',              isInstalled: onPath('curl') },
  dachs:    { package: 'gavodachs2-server', isInstalled: onPath('dachs'), install: installDachs },
  git:      { package: 'git',               isInstalled: onPath('git') },
  nginx:    { package: 'nginx-light',       isInstalled: onPath('nginx') },
  pyvo:     { package: 'python3-pyvo',      isInstalled: () => existsSync(PYVO) },
  stilts:   { package: 'stilts',            isInstalled: onPath('stilts') },
  wget:     { package: 'wget',              isInstalled: onPath('wget') },
}

/**
 * Installs what is missing, where that is possible. Where it is not, the suites that need it are skipped by name, and fail
 * under CI=true. POSTERN_TEST_NO_INSTALL=1 leaves the machine as it is.
 */
export async function installMissing() {
  const missing = Object.values(systemPackages).filter(({ isInstalled }) => !isInstalled())
  if (missing.length === 0 || process.env.POSTERN_TEST_NO_INSTALL === '1') return
  const names = missing.map((row) => row.package)
  const apt = aptGet()
  if (!apt) {
    say(`Some suites need packages that are missing: sudo apt-get install ${names.join(' ')}`)
    return
  }
  say(`Installing for the tests: ${names.join(', ')} …`)
  const plain = missing.filter((row) => !row.install).map((row) => row.package)
  if (plain.length > 0) await attempt(() => install(apt, plain))
  for (const row of missing.filter((row) => row.install)) await attempt(row.install)
}

async function attempt(step) {
  try {
    await step()
  } catch (error) {
    say(`${error.output ?? ''}\n${error.message} The suites that need it are skipped.`.trim())
  }
}
