// `npm run test:node -- 24 [arguments of jest]`: the unit and integration suites on another Node.js, from the npm package that
// ships its binaries.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [version = '', ...rest] = process.argv.slice(2)
if (!/^\d+(\.\d+){0,2}$/.test(version)) fail('Which Node.js? For example: npm run test:node -- 24')

const folder = path.join(root, 'test/artefacts', `node-${version}`)
const node = path.join(folder, 'node_modules/node/bin/node')
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true })
  // Its installation script is what fetches the binary for this system.
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', 'install', ...options, `node@${version}`)
}
run(node, path.join(root, 'test/run.mjs'), '--selectProjects', 'unit', 'integration', ...suites(rest))

/** Paths follow an option of one value, or `--selectProjects` would take them for projects. */
function suites(given) {
  return given.length === 0 ? [] : ['--testPathPatterns', ...given]
}

function run(...[file, ...args]) {
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
