import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { loadPart as load, makeClone } from './support/clone.js'

const clone = makeClone()
const { folder, project, setUp, calls, writeSource, edit } = clone

afterAll(clone.remove)

describe('the set-up', () => {
  it('installs and builds a fresh clone, in any folder and without git', () => {
    expect(setUp()).toEqual({ code: 0, output: 'Installing the dependencies …\nBuilding …\n' })

    expect(calls()).toEqual([
      'ci --ignore-scripts --include=dev --prefer-offline --no-audit --no-fund --loglevel=error',
    ])
    expect(existsSync(path.join(project, 'dist/main.js'))).toBe(true)
  })

  it('does nothing and says nothing the second time', () => {
    const built = statSync(path.join(project, 'dist/main.js')).mtimeMs

    expect(setUp()).toEqual({ code: 0, output: '' })

    expect(calls()).toEqual([])
    expect(statSync(path.join(project, 'dist/main.js')).mtimeMs).toBe(built)
  })

  it('builds again when a source changed, and drops what was removed', () => {
    writeSource('extra.ts', 'export const sheep = 1\n')
    expect(setUp().output).toBe('Building …\n')
    expect(readdirSync(path.join(project, 'dist'))).toContain('extra.js')

    rmSync(path.join(project, 'server/extra.ts'))
    expect(setUp().output).toBe('Building …\n')
    expect(readdirSync(path.join(project, 'dist'))).not.toContain('extra.js')
  })

  it('installs again when the lock file changed, but not for a new script', () => {
    edit('package.json', (text) => text.replace('"start":', '"hello": "echo hello",\n    "start":'))
    expect(setUp()).toEqual({ code: 0, output: '' })

    edit('package-lock.json', (text) => `${text}\n`)
    expect(setUp().output).toBe('Installing the dependencies …\nBuilding …\n')
  })

  it('builds again when dist/ was removed', () => {
    rmSync(path.join(project, 'dist'), { recursive: true })

    expect(setUp().output).toBe('Building …\n')
    expect(existsSync(path.join(project, 'dist/main.js'))).toBe(true)
  })
})

describe('a step that fails', () => {
  it('prints what the program said and one sentence, and is tried again: npm ci', () => {
    edit('package-lock.json', (text) => `${text}\n`)

    expect(setUp({ BREAK_NPM: 'before' })).toEqual({
      code: 1,
      output:
        'Installing the dependencies …\nENOTFOUND registry\nThe dependencies could not be installed: npm ci failed.\n',
    })
    expect(setUp()).toMatchObject({ code: 0 })
  })

  it('prints what the program said and one sentence, and keeps the last good dist/: the compiler', () => {
    writeSource('broken.ts', "export const sheep: number = 'Dolly'\n")

    const { code, output } = setUp()

    expect(code).toBe(1)
    expect(output).toContain('server/broken.ts(1,14): error TS2322')
    expect(output).toMatch(/\nThe server could not be built: the TypeScript compiler found errors\.\n$/)
    expect(readdirSync(path.join(project, 'dist'))).toContain('main.js')

    rmSync(path.join(project, 'server/broken.ts'))
    expect(setUp()).toMatchObject({ code: 0 })
  })

  it('prints what the program said and one sentence: prisma generate', () => {
    const schema = readFileSync(path.join(project, 'prisma/schema.prisma'), 'utf8')
    edit('prisma/schema.prisma', (text) => `${text}\nmodel {`)

    expect(setUp()).toEqual({
      code: 1,
      output: expect.stringMatching(/The database client could not be generated: prisma generate failed\.\n$/),
    })

    edit('prisma/schema.prisma', () => schema)
    expect(setUp()).toMatchObject({ code: 0 })
  })

  it('heals when the set-up itself was killed half-way', () => {
    edit('package-lock.json', (text) => `${text}\n`)
    expect(setUp({ BREAK_NPM: 'half-way' }).code).toBeNull()

    expect(setUp()).toEqual({ code: 0, output: 'Installing the dependencies …\nBuilding …\n' })
  })
})

describe('a set-up on an old Node.js', () => {
  it('says which version is needed', async () => {
    const { refuseOldNode } = await load('node-version.mjs')

    expect(() => refuseOldNode('18.20.4')).toThrow('Postern needs Node.js 20.19 or newer, and this is 18.20.4')
    expect(() => refuseOldNode('20.18.3')).toThrow('Postern needs Node.js 20.19 or newer')
    for (const version of ['20.19.0', '22.1.0']) expect(() => refuseOldNode(version)).not.toThrow()
  })
})

describe('the look for Redis', () => {
  const nothing = { env: {}, find: () => undefined, apt: () => undefined }

  it.each(['REDIS_URL', 'REDIS_URL_FILE', 'POSTERN_CONFIG'])('is left to the server when %s is set', async (name) => {
    expect(await ensureRedis({ ...nothing, env: { [name]: 'x' } })).toEqual({ said: '', installed: [] })
  })

  it.each(['valkey-server', 'redis-server'])('is content with %s', async (name) => {
    const find = (asked: string) => (asked === name ? `/opt/${name}` : undefined)

    expect(await ensureRedis({ ...nothing, find })).toEqual({ said: '', installed: [] })
  })

  it('installs it where apt-get may be used', async () => {
    const { said, installed } = await ensureRedis({ ...nothing, apt: () => ['apt-get'] })

    expect(installed).toEqual([['redis-server']])
    expect(said).toBe('Installing Redis …\n')
  })

  it('ends with the command to type where it may not', async () => {
    await expect(ensureRedis(nothing)).rejects.toThrow(
      /^Postern needs Redis: .*sudo apt-get install redis-server.*REDIS_URL\.$/,
    )
  })

  it('ends with what apt-get said and the command to type when it fails', async () => {
    const installPackages = () => {
      throw Object.assign(new Error('apt-get could not install redis-server.'), { output: 'E: no network' })
    }

    await expect(ensureRedis({ ...nothing, apt: () => ['apt-get'], installPackages })).rejects.toMatchObject({
      message: expect.stringMatching(/^apt-get could not install redis-server\. Install it by hand \(.*REDIS_URL\.$/),
      output: 'E: no network',
    })
  })
})

describe('apt-get', () => {
  it('is asked for the lists of packages when it does not know one, and then again', async () => {
    const { install } = await load('apt.mjs')
    const log = path.join(folder, 'apt-calls')
    const apt = path.join(folder, 'apt-get')
    writeFileSync(
      apt,
      `#!/bin/sh\necho "$*" >> '${log}'\n[ "$1" = update ] || [ "$(grep -c install '${log}')" -gt 1 ]\n`,
    )
    chmodSync(apt, 0o755)

    await install([apt], ['stilts'])

    expect(readFileSync(log, 'utf8').split('\n')).toEqual([
      'install --no-install-recommends stilts',
      'update',
      'install --no-install-recommends stilts',
      '',
    ])
  })
})

async function ensureRedis(given: object): Promise<{ said: string; installed: string[][] }> {
  const installed: string[][] = []
  const said: string[] = []
  const { ensureRedis } = await load('redis.mjs')
  await ensureRedis({
    say: (line: string) => said.push(`${line}\n`),
    installPackages: (_apt: string[], packages: string[]) => installed.push(packages),
    ...given,
  })
  return { said: said.join(''), installed }
}
