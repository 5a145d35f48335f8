import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../../deploy/set-up/find-program.mjs'
import { StepFailed, say } from '../../../deploy/set-up/step.mjs'

const FOLDER = fileURLToPath(new URL('../../.jars', import.meta.url))

/** Libraries of Maven Central, as their groups name them. STIL has the classes with which TOPCAT and STILTS log in since 3.5. */
const JARS = {
  oldStil: { group: 'uk.ac.starlink', name: 'stil', version: '4.2' },
  stil: { group: 'uk.ac.starlink', name: 'stil', version: '4.3.5' },
}

/** @returns {string} the path of the library, be it there or not */
export function jar(id) {
  const { name, version } = JARS[id]
  return path.join(FOLDER, `${name}-${version}.jar`)
}

/** The row of a library among the packages that suites need. */
export function jarRow(id) {
  const { group, name, version } = JARS[id]
  return {
    package: `${group}:${name}:${version}`,
    source: 'maven',
    isInstalled: () => existsSync(jar(id)),
    isOffered: () => findProgram('mvn') !== undefined,
  }
}

/** Fetches the libraries that are missing into a folder below test/, where there is Maven. The others stay missing, with a line. */
export function installJars() {
  for (const id of Object.keys(JARS)) {
    const { isInstalled, isOffered, package: name } = jarRow(id)
    if (isInstalled() || !isOffered()) continue
    say(`Fetching for the tests, by Maven: ${name} …`)
    try {
      fetchJar(id)
    } catch (error) {
      say(`${error.output ?? ''}\n${error.message} The suites that need it are skipped.`.trim())
    }
  }
}

/** Into a folder of another name until it is there whole: a set-up that was killed leaves no half of a library. */
function fetchJar(id) {
  const unfinished = `${jar(id)}.${process.pid}`
  mkdirSync(FOLDER, { recursive: true })
  const { package: name } = jarRow(id)
  const goal = ['dependency:copy', `-Dartifact=${name}`, `-DoutputDirectory=${unfinished}`]
  const { status, stdout } = spawnSync('mvn', ['--batch-mode', '--quiet', ...goal], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status === 0) renameSync(path.join(unfinished, path.basename(jar(id))), jar(id))
  rmSync(unfinished, { recursive: true, force: true })
  if (status !== 0) throw new StepFailed(`Maven could not fetch ${name}.`, stdout)
}
