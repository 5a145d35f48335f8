// What `npm test` runs: the linter, the type check, then every suite. Arguments go to jest: `npm test -- test/core`.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const resultsFile = path.join(root, 'test/artefacts/results.json')
const resolve = createRequire(import.meta.url).resolve

rmSync(resultsFile, { force: true })
const checks = [
  ['The linter', run(resolve('@biomejs/biome/bin/biome'), 'check', '.')],
  ['The type check', run(path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')],
]
const suites = run(
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  jest(),
  ...process.argv.slice(2),
)

const complaints = checks.filter(([, passed]) => !passed).map(([name]) => `${name} found something; see above.`)
// The reporter writes its file when the suites have run, so no file means that they never did.
const results = existsSync(resultsFile)
  ? JSON.parse(readFileSync(resultsFile, 'utf8'))
  : { passed: 0, failed: 1, skipped: 0 }
const failed = results.failed + complaints.length || (suites ? 0 : 1)

for (const line of [...(results.skippedSuites ?? []).map((name) => `Skipped: ${name}`), ...complaints]) print(line)
print(`${results.passed} passed, ${failed} failed, ${results.skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1

function run(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

function jest() {
  return path.join(path.dirname(resolve('jest/package.json')), 'bin/jest.js')
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
