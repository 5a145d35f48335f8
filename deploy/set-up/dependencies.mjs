import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { run } from './run.mjs'
import { fingerprintOf, stamp, stampOf } from './stamp.mjs'
import { root, say } from './step.mjs'

/** The fields of package.json that decide about node_modules; others, such as scripts, need no installation. */
const decisive = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts']

/** @returns {boolean} whether node_modules is what the lock file says */
export function dependenciesAreInstalled() {
  return stampOf('dependencies') === dependenciesFingerprint()
}

/** Installs exactly what the lock file says, when it is not installed yet. */
export async function installDependencies({ onStart }) {
  if (dependenciesAreInstalled()) return
  const doing = 'Installing the dependencies'
  say(`${doing} …`)
  // The compiler and Prisma's generator are development dependencies, and NODE_ENV=production would leave them out.
  // No package may run a program of its own while it is installed; none that we use needs to.
  // Without a network, what is in npm's cache is enough.
  const options = [
    '--ignore-scripts',
    '--include=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const install = () =>
    run('The dependencies could not be installed: npm ci failed.', [...npm(), 'ci', ...options], { doing, onStart })
  const wanted = dependenciesFingerprint()
  try {
    await install()
  } catch (error) {
    if (!/\bENOTEMPTY\b/.test(error.output)) throw error
    // npm removes node_modules first, and gives up when another program writes into it meanwhile.
    rmSync(path.join(root, 'node_modules'), { recursive: true, force: true, maxRetries: 10 })
    await install()
  }
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
