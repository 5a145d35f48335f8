import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ours } from './support/clone.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-npm-'))
const project = path.join(folder, 'project')
const installed = path.join(project, 'node_modules/cookie/package.json')
let registry: Server
let address: string

const SCRIPT = `
  const { installDependencies } = await import(${JSON.stringify(path.join(project, 'deploy/set-up/dependencies.mjs'))})
  await installDependencies({ onStart: () => {} }).catch((error) => console.log(error.message))
`

/** A project with one dependency, and a registry on this machine that has it. */
beforeAll(async () => {
  mkdirSync(path.join(project, 'deploy'), { recursive: true })
  cpSync(path.join(ours, 'deploy/set-up'), path.join(project, 'deploy/set-up'), { recursive: true })
  const { version } = JSON.parse(readFileSync(path.join(ours, 'node_modules/cookie/package.json'), 'utf8'))
  const pack = ['pack', '--ignore-scripts', path.join(ours, 'node_modules/cookie')]
  const packed = spawnSync('npm', pack, { cwd: folder, encoding: 'utf8' })
  expect(packed.status).toBe(0)
  const tarball = readFileSync(path.join(folder, packed.stdout.trim()))
  const name = { name: 'small', version: '1.0.0', dependencies: { cookie: version } }
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const resolved = `https://registry.npmjs.org/cookie/-/cookie-${version}.tgz`
  const packages = { '': name, 'node_modules/cookie': { version, resolved, integrity } }
  write('package.json', name)
  write('package-lock.json', { name: 'small', version: '1.0.0', lockfileVersion: 3, requires: true, packages })
  registry = createServer((_, response) => response.end(tarball)).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`
})

afterAll(() => {
  registry.close()
  rmSync(folder, { recursive: true })
})

function write(name: string, content: unknown): void {
  writeFileSync(path.join(project, name), JSON.stringify(content))
}

/** Installs with the real npm, with these settings of npm; what the set-up printed. */
async function install(settings: Record<string, string>): Promise<string> {
  rmSync(path.join(project, 'node_modules'), { recursive: true, force: true })
  const env = { npm_config_cache: path.join(folder, 'cache'), npm_config_fetch_retries: '0', ...settings }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const printed: Buffer[] = []
  child.stdout.on('data', (data: Buffer) => printed.push(data))
  await once(child, 'close')
  return Buffer.concat(printed).toString().replace('Installing the dependencies …\n', '')
}

describe('the set-up with the real npm', () => {
  it('installs from the registry, and from a filled cache when there is no network', async () => {
    expect(await install({ npm_config_registry: address })).toBe('')
    expect(existsSync(installed)).toBe(true)

    expect(await install({ npm_config_registry: 'http://127.0.0.1:1/' })).toBe('')
    expect(existsSync(installed)).toBe(true)
  })

  it('says what to do when there is no network and nothing in the cache', async () => {
    const said = await install({ npm_config_registry: 'http://127.0.0.1:1/', npm_config_cache: path.join(folder, 'b') })
    expect(said).toMatch(
      /^The dependencies could not be installed: npm ci failed\. npm cannot reach its registry \(connect ECONNREFUSED 127\.0\.0\.1:1\): behind a proxy, set HTTPS_PROXY.*\n$/,
    )
    expect(existsSync(installed)).toBe(false)
  })

  it('says what to do when a proxy wants a user and a password', async () => {
    const proxy = createServer((_, response) => response.writeHead(407).end()).listen(0, '127.0.0.1')
    proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
    await once(proxy, 'listening')
    const { port } = proxy.address() as AddressInfo
    const said = await install({
      npm_config_registry: 'https://registry.npmjs.org/',
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      npm_config_cache: path.join(folder, 'c'),
    })
    proxy.close()
    expect(said).toMatch(/npm ci failed\. The proxy before npm asks for a user and a password: .*\n$/)
  })

  it('says what to do when a mirror has altered a package', async () => {
    const other = createServer((_, response) => response.end('another')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const said = await install({
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: path.join(folder, 'd'),
    })
    other.close()
    expect(said).toMatch(/npm ci failed\. A package is not the one that package-lock\.json names: .*\n$/)
  })
})
