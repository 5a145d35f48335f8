import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../../deploy/set-up/find-program.mjs'
import { StepFailed, say } from '../../../deploy/set-up/step.mjs'

const FOLDER = fileURLToPath(new URL('../../.modules', import.meta.url))

/**
 * Programs that come as Go modules alone: the package that is built, and its version. With `config` the package is a builder, which
 * is run with this file and builds the program.
 */
// biome-ignore format: a table
const MODULES = {
  oauth2Proxy: { name: 'github.com/oauth2-proxy/oauth2-proxy/v7',       version: 'v7.15.6',  program: 'oauth2-proxy' },
  otelcol:     { name: 'go.opentelemetry.io/collector/cmd/builder',     version: 'v0.165.0', program: 'otelcol', config: 'otelcol.yaml' },
}

const folderOf = ({ program, version }) => path.join(FOLDER, `${program}-${version}`)

/** @returns {string} the path of the program, be it there or not */
export function moduleProgram(id) {
  return path.join(folderOf(MODULES[id]), MODULES[id].program)
}

/** The row of a Go module among the packages that suites need. */
export function moduleRow(id) {
  const { name, version } = MODULES[id]
  return {
    package: `${name}@${version}`,
    source: 'go',
    isInstalled: () => existsSync(moduleProgram(id)),
    isOffered: () => findProgram('go') !== undefined,
  }
}

/** Builds the programs that are missing into a folder below test/, where there is Go. The others stay missing, with a line. */
export function installModules() {
  for (const id of Object.keys(MODULES)) installModule(id)
}

/** Builds one of them. */
export function installModule(id) {
  const { isInstalled, isOffered, package: name } = moduleRow(id)
  if (isInstalled() || !isOffered()) return
  say(`Building for the tests, from its Go module: ${name}, which takes some minutes the first time …`)
  try {
    build(id)
  } catch (error) {
    say(`${error.output ?? ''}\n${error.message} What needs it is skipped.`.trim())
  }
}

/** In a folder of another name until all is there: a set-up that was killed leaves nothing that looks whole. */
function build(id) {
  const folder = folderOf(MODULES[id])
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  const env = { ...process.env, GOBIN: unfinished }
  const { package: name } = moduleRow(id)
  const { config } = MODULES[id]
  const words = config ? ['run', name, '--config', fileURLToPath(new URL(config, import.meta.url))] : ['install', name]
  const options = { cwd: unfinished, encoding: 'utf8', timeout: 900_000, env }
  const { status, stderr } = spawnSync('nice', ['go', ...words], options)
  if (status === 0) {
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
    return
  }
  rmSync(unfinished, { recursive: true, force: true })
  throw new StepFailed(`Go could not build ${name}.`, stderr)
}
