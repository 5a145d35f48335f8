import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Ended, run, runOrFail } from '../../support/run/processes.js'

let folder: string
let tarball: string
let site: Server

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postern-cli-user-'))
  await runOrFail([process.execPath, 'deploy/pack-cli.mjs', folder])
  tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  const content = readFileSync(path.join(folder, tarball))
  site = createServer((_request, response) => response.end(content)).listen(0, '127.0.0.1')
  await once(site, 'listening')
})
afterAll(() => {
  site.close()
  rmSync(folder, { recursive: true, force: true })
})

/** As a user does whose site serves the file: with an empty cache of packages, and no registry. */
function npx(...words: string[]): Promise<Ended> {
  const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/${tarball}`
  const npm = { npm_config_cache: path.join(folder, 'cache'), npm_config_registry: 'http://127.0.0.1:1' }
  const env = { PATH: process.env.PATH, HOME: folder, ...npm }
  return run(['npx', '--yes', address, ...words], { cwd: folder, env })
}

describe('The packed command line', () => {
  it('runs by npx from the address of a site, with nothing else fetched, and with its exit codes', async () => {
    const help = await npx('--help')
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('token rotate NAME|KEY') })
    expect(await npx('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('Not signed in') })
  })

  it('holds its compiled files, README and licence; no source, no file of the server, and no dependency', async () => {
    const listed = await runOrFail(['tar', '-tzf', path.join(folder, tarball)])
    const files = listed
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, ''))
    const sources = readdirSync('server/postern-cli', { recursive: true, encoding: 'utf8' })
    const compiled = sources.filter((name) => name.endsWith('.ts')).map((name) => `dist/${name.replace(/ts$/, 'js')}`)
    expect(files.sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...compiled].sort())
    const manifest = await runOrFail(['tar', '-xzOf', path.join(folder, tarball), 'package/package.json'])
    const { name, dependencies, scripts, version } = JSON.parse(manifest) as Record<string, unknown>
    const { version: ours } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect({ name, dependencies, scripts, version }).toEqual({ name: 'postern-cli', version: ours })
  })
})
