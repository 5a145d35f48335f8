// Writes a software bill of materials in the form of CycloneDX: `npm run sbom -- FILE`. It has each package that the server
// runs with, at the version and with the hash of the lock file, and no package that only builds or tests.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, StepFailed } from './set-up/step.mjs'

const target = process.argv[2]
if (!target) throw new StepFailed('Name the file to write: npm run sbom -- sbom.cdx.json')
const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
const { status, stdout, stderr } = spawnSync('npm', ['sbom', ...options], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
if (status !== 0) throw new StepFailed('npm sbom failed.', stderr)
const bom = JSON.parse(stdout)
bom.components = componentsOf(bom)
const refs = new Set([bom.metadata.component, ...bom.components].map((each) => each['bom-ref']))
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }))
// npm takes the name of the folder.
bom.metadata.component.name = readJson('package.json').name
writeFileSync(target, `${JSON.stringify(bom, null, 2)}\n`)

/**
 * The packages that are needed, directly or not, by those that package.json has the server run with.
 *
 * Not by npm's own marks: an optional peer of the server's packages counts as the server's, with all that it needs, though it
 * is there for development alone. So the Prisma CLI and the compiler would be listed, with 140 packages that never run.
 */
function componentsOf({ metadata, components, dependencies }) {
  const manifest = readJson('package.json')
  const { packages } = readJson('package-lock.json')
  const nameOf = new Map(components.map((each) => [each['bom-ref'], each.name]))
  const edges = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
  const peers = new Map(
    Object.entries(packages).map(([place, each]) => [refOf(place, each), each.peerDependenciesMeta]),
  )
  const isOptionalPeer = (ref, other) => peers.get(ref)?.[nameOf.get(other)]?.optional === true
  const reached = new Set()
  const waiting = edges.get(metadata.component['bom-ref']).filter((ref) => nameOf.get(ref) in manifest.dependencies)
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (reached.has(ref)) continue
    reached.add(ref)
    waiting.push(...(edges.get(ref) ?? []).filter((other) => !isOptionalPeer(ref, other)))
  }
  return components.filter((each) => reached.has(each['bom-ref']))
}

/** npm's reference to a package, from its place in the lock file. */
function refOf(place, { version }) {
  return `${place.replace(/^.*node_modules\//, '')}@${version}`
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'))
}
