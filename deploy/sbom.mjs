// Writes a software bill of materials in the form of CycloneDX: `npm run sbom -- FILE`. It has each package that the server
// runs with, at the version and with the hash of the lock file, and no package that only builds or tests.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, StepFailed } from './set-up/step.mjs'

/** The property by which npm marks a package that only builds or tests. */
const DEVELOPMENT = 'cdx:npm:package:development'

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
// With `--omit dev`, npm also leaves out a package of the server that a development dependency uses.
bom.components = bom.components.filter(({ properties }) => !properties.some(({ name }) => name === DEVELOPMENT))
const refs = new Set([bom.metadata.component, ...bom.components].map((each) => each['bom-ref']))
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }))
// npm takes the name of the folder.
bom.metadata.component.name = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).name
writeFileSync(target, `${JSON.stringify(bom, null, 2)}\n`)
