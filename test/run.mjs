// What `npm test` runs. Without arguments: format, lint and types, then every suite. With arguments, which go to jest, the
// suites that they name and what these need: `npm test -- test/core`, `npm test -- --selectProjects unit`.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectOf } from '../jest.config.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const resultsFile = path.join(root, 'test/artefacts/results.json')
const resolve = createRequire(import.meta.url).resolve
const given = process.argv.slice(2)
const everything = given.length === 0

rmSync(resultsFile, { force: true })
if (!setUp('--no-build')) finish({ failed: 1 })
const complaints = everything ? check() : []
const projects = new Set(everything ? ['system'] : testFiles().map((file) => projectOf(path.relative('test', file))))
// The compiler has found the types in order, and does not look at them once more to build.
const types = everything && complaints.length === 0 ? ['--types-checked'] : []
if (projects.has('system') && !setUp('--with-tests', ...types)) finish({ failed: 1 })
const suites = run(...jest(), ...given)

// The reporter writes its file when the suites have run, so no file means that they never did.
const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : { failed: 1 }
const failed = results.failed + complaints.length || (suites ? 0 : 1)
finish({ ...results, failed, complaints })

function check() {
  const checks = [
    ['The linter', run(resolve('@biomejs/biome/bin/biome'), 'check', '.')],
    ['The type check', run(path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')],
  ]
  return checks.filter(([, passed]) => !passed).map(([name]) => `${name} found something; see above.`)
}

function setUp(...options) {
  return run(path.join(root, 'deploy/set-up.mjs'), ...options)
}

/** The paths of the test files that the arguments name. */
function testFiles() {
  const options = given.filter((each) => !each.startsWith('--watch'))
  const { stdout } = spawnSync(process.execPath, [...jest(), ...options, '--listTests'], {
    cwd: root,
    encoding: 'utf8',
  })
  const lines = stdout.split('\n').filter((line) => line.endsWith('.test.ts'))
  return lines.map((line) => path.relative(root, line))
}

function jest() {
  const bin = path.join(path.dirname(resolve('jest/package.json')), 'bin/jest.js')
  return ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin]
}

function run(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

/** Prints the closing line and ends. */
function finish({ passed = 0, failed, skipped = 0, skippedSuites = [], complaints = [] }) {
  const lines = [
    ...skippedSuites.map((name) => `Skipped: ${name}`),
    ...complaints,
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exit(failed === 0 ? 0 : 1)
}
