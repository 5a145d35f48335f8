import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Ended, run, runOrFail } from '../../support/run/processes.js'

let folder: string
let tarball: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postern-cli-user-'))
  await runOrFail([process.execPath, 'deploy/pack-cli.mjs', folder])
  tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As a user does who has the file and no project, with a cache of packages of their own and nothing fetched. */
const npx = (...words: string[]): Promise<Ended> =>
  run(['npx', '--yes', '--offline', `./${tarball}`, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, npm_config_cache: path.join(folder, 'cache') },
  })

describe('The packed command line', () => {
  it('runs by npx, with nothing fetched, and with its exit codes', async () => {
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
