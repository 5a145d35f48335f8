import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fingerprintOf, stamp, stampOf } from './stamp.mjs'
import { root, run, say } from './step.mjs'

/** The fields of package.json that decide about node_modules; others, such as scripts, need no installation. */
const decisive = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts']

/** Installs exactly what the lock file says, when it is not installed yet. */
export function installDependencies() {
  const wanted = dependenciesFingerprint()
  if (stampOf('dependencies') === wanted) return
  say('Installing the dependencies …')
  // The compiler and Prisma's generator are development dependencies, and NODE_ENV=production would leave them out.
  // No package may run a program of its own while it is installed; none that we use needs to.
  const options = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  run('The dependencies could not be installed: npm ci failed.', [...npm(), 'ci', ...options])
  stamp('dependencies', wanted)
}

/** Changes with the lock file, and with the system that the native packages are for. */
export function dependenciesFingerprint() {
  const manifest = JSON.parse(read('package.json'))
  const parts = decisive.map((key) => JSON.stringify(manifest[key] ?? null))
  return fingerprintOf([read('package-lock.json'), ...parts, process.platform, process.arch])
}

/** The npm that runs us, else the one on the PATH. */
function npm() {
  const running = process.env.npm_execpath ?? ''
  return running.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm']
}

function read(file) {
  return readFileSync(path.join(root, file), 'utf8')
}
