import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { dependenciesFingerprint } from './dependencies.mjs'
import { run } from './run.mjs'
import { fingerprintOf, stamp, stampOf } from './stamp.mjs'
import { root, say } from './step.mjs'

const inputs = ['server', 'prisma/schema.prisma', 'prisma/prisma.config.ts', 'tsconfig.json']
const generated = path.join('server', 'storage', 'generated')

const node = process.execPath

/** @returns {boolean} whether the database client is that of the schema */
export function clientIsGenerated() {
  return stampOf('client') === clientFingerprint() && existsSync(within(generated))
}

/** @returns {boolean} whether dist/ is made of the present sources */
export function isBuilt() {
  return stampOf('build') === buildFingerprint() && existsSync(within('dist')) && existsSync(within(generated))
}

/** Generates the database client, when the schema changed since. */
export async function generateClient({ onStart }) {
  if (clientIsGenerated()) return
  const wanted = clientFingerprint()
  stamp('client', undefined)
  const command = [node, within('prisma/cli.mjs'), 'generate']
  const options = { doing: 'Generating the database client', onStart }
  await run('The database client could not be generated: prisma generate failed.', command, options)
  stamp('client', wanted)
}

/**
 * Generates the database client and compiles server/ into dist/, when the sources changed since.
 *
 * @param {{ typesAreChecked?: boolean, onStart: (pid: number) => void }} options whether the compiler need not check the types
 *   again, and what gets the pid of each program
 */
export async function build({ typesAreChecked = false, onStart }) {
  if (isBuilt()) return
  const wanted = buildFingerprint()
  const doing = 'Building'
  say(`${doing} …`)
  stamp('build', undefined)
  await generateClient({ onStart })
  // Beside dist/ and then in its place: what is removed from server/ goes, and dist/ is never half of two builds.
  const unfinished = within('dist.unfinished')
  rmSync(unfinished, { recursive: true, force: true })
  const tsc = [node, within('node_modules/typescript/bin/tsc'), '-p', 'server', '--outDir', unfinished]
  if (typesAreChecked) tsc.push('--noCheck')
  const sentence = 'The server could not be built: the TypeScript compiler found errors.'
  await run(sentence, tsc, { doing, onStart })
  rmSync(within('dist'), { recursive: true, force: true })
  renameSync(unfinished, within('dist'))
  stamp('build', wanted)
}

function clientFingerprint() {
  const files = ['prisma/schema.prisma', 'prisma/prisma.config.ts']
  return fingerprintOf([dependenciesFingerprint(), ...files.map(read)])
}

function buildFingerprint() {
  return fingerprintOf([dependenciesFingerprint(), ...sources().flatMap((file) => [file, read(file)])])
}

/** @returns {string[]} paths below the project's folder, sorted, without what this step itself makes */
function sources() {
  return inputs.flatMap(filesIn).sort()
}

function filesIn(name) {
  if (name === generated) return []
  if (/\.(ts|json|prisma)$/.test(name)) return [name]
  const entries = readdirSync(within(name), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() || /\.(ts|json)$/.test(entry.name))
    .flatMap((entry) => filesIn(path.join(name, entry.name)))
}

function within(name) {
  return path.join(root, name)
}

function read(file) {
  return readFileSync(within(file), 'utf8')
}
