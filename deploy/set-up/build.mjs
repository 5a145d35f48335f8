import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { dependenciesFingerprint } from './dependencies.mjs'
import { fingerprintOf, stamp, stampOf } from './stamp.mjs'
import { root, run, say } from './step.mjs'

const inputs = ['server', 'prisma/schema.prisma', 'prisma/prisma.config.ts', 'tsconfig.json']
const generated = path.join('server', 'storage', 'generated')

const node = process.execPath

/** Generates the database client, when the schema changed since. */
export function generateClient() {
  const files = ['prisma/schema.prisma', 'prisma/prisma.config.ts']
  const wanted = fingerprintOf([dependenciesFingerprint(), ...files.map(read)])
  if (stampOf('client') === wanted && existsSync(within(generated))) return
  stamp('client', undefined)
  const command = [node, within('prisma/cli.mjs'), 'generate']
  run('The database client could not be generated: prisma generate failed.', command)
  stamp('client', wanted)
}

/**
 * Generates the database client and compiles server/ into dist/, when the sources changed since.
 *
 * @param {{ typesAreChecked?: boolean }} options whether the compiler need not check the types again
 */
export function build({ typesAreChecked = false } = {}) {
  const wanted = fingerprintOf([dependenciesFingerprint(), ...sources().flatMap((file) => [file, read(file)])])
  if (stampOf('build') === wanted && existsSync(within('dist')) && existsSync(within(generated))) return
  say('Building …')
  stamp('build', undefined)
  generateClient()
  // Beside dist/ and then in its place: what is removed from server/ goes, and dist/ is never half of two builds.
  const unfinished = within('dist.unfinished')
  rmSync(unfinished, { recursive: true, force: true })
  const tsc = [node, within('node_modules/typescript/bin/tsc'), '-p', 'server', '--outDir', unfinished]
  if (typesAreChecked) tsc.push('--noCheck')
  run('The server could not be built: the TypeScript compiler found errors.', tsc)
  rmSync(within('dist'), { recursive: true, force: true })
  renameSync(unfinished, within('dist'))
  stamp('build', wanted)
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
