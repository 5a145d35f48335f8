import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { describeWhere } from '../support/run/requires.js'
import { handOver, unprivilegedUser } from '../support/run/unprivileged.js'
import { loadPart, makeClone, ours } from './support/clone.js'

const clone = makeClone()
const { folder, project } = clone
const go = path.join(folder, 'go')
const npmPid = path.join(folder, 'npm-pid')
const lock = path.join(project, '.set-up.lock')
afterAll(clone.remove)

const installed = () => lstatSync(path.join(project, 'node_modules/zod')).isSymbolicLink()
const readPid = () => Number(readFileSync(npmPid, 'utf8'))

describe('two set-ups of one folder', () => {
  beforeEach(() => {
    for (const file of [go, npmPid, path.join(folder, 'npm-calls')]) rmSync(file, { force: true })
    clone.changeLockFile()
  })

  it('do the work once when they are started at once', async () => {
    const first = clone.begin({ BREAK_NPM: 'wait' })
    await eventually(() => existsSync(npmPid))
    const second = clone.begin({ BREAK_NPM: 'wait' })
    const waiting = `Another set-up runs (process ${first.process.pid}); waiting for its end …\n`
    await eventually(() => second.output() === waiting)

    writeFileSync(go, '')
    expect(await first.ended).toMatchObject({ code: 0 })
    expect(await second.ended).toMatchObject({ code: 0, output: expect.not.stringContaining('Installing') })
    expect(clone.calls()).toHaveLength(1)
    expect([installed(), existsSync(lock)]).toEqual([true, false])
  })

  it('do not meet in node_modules when one was killed and its npm goes on', async () => {
    const killed = clone.begin({ BREAK_NPM: 'survive' })
    await eventually(() => existsSync(npmPid))
    expect((await killed.ended).code).toBeNull()
    const next = clone.begin()
    const waiting = `A set-up was killed, and a program that it started still runs (process ${readPid()}); waiting for its end …\n`
    await eventually(() => next.output() === waiting)
    expect(clone.calls()).toHaveLength(1)

    writeFileSync(go, '')
    expect(await next.ended).toMatchObject({ code: 0, output: `${waiting}Installing the dependencies …\n` })
    expect([installed(), existsSync(lock)]).toEqual([true, false])
  })

  it('end with their npm, and leave no lock, when a service manager ends them', async () => {
    const stopped = clone.begin({ BREAK_NPM: 'wait' })
    await eventually(() => existsSync(npmPid))
    stopped.process.kill('SIGTERM')

    expect(await stopped.ended).toEqual({
      code: 1,
      output:
        'Installing the dependencies …\nThe dependencies could not be installed: npm ci failed. It was stopped (SIGTERM).\n',
    })
    expect((await loadPart('process-start.mjs')).startOf(readPid())).toBeUndefined()
    expect(existsSync(lock)).toBe(false)
  })

  it('install once more when a program that the lock does not know wrote to node_modules', async () => {
    expect(await clone.begin({ BREAK_NPM: 'not-empty' }).ended).toMatchObject({ code: 0 })
    expect(clone.calls()).toHaveLength(2)
    expect(installed()).toBe(true)
  })
})

describe('a folder that cannot be written', () => {
  it('is one sentence with the remedy when there is something to do, and no matter when there is nothing', async () => {
    expect(clone.setUp({}, { options: ['--no-build'] })).toMatchObject({ code: 0 })
    const user = await unprivilegedUser()
    if (process.getuid?.() === 0) handOver(folder, user)
    chmodSync(folder, 0o755)
    const asUser = { prefix: user.prefix, options: ['--no-build'] }
    chmodSync(project, 0o555)
    expect(clone.setUp({}, asUser)).toEqual({ code: 0, output: '' })

    clone.changeLockFile()
    expect(clone.setUp({}, asUser)).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^The set-up could not be done\. This user may not write \S.*\.set-up\.lock: run node deploy\/set-up\.mjs as its owner, .*\n$/,
      ),
    })
    chmodSync(project, 0o755)
    expect(clone.calls()).toEqual([])
  })
})

/** Runs a command with a full disk of one megabyte at a folder, which no other process sees. */
const onFullDisk = (place: string) => {
  const script = `mount -t tmpfs -o size=1m none "$0" && cp -r "$1/." "$0" && { cat /dev/zero > "$0/fill" 2>/dev/null; shift; exec "$@"; }`
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, place]
}
const canMount =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

describeWhere({ isMet: canMount, otherwise: 'this kernel lets no user mount one' }, 'a full disk', () => {
  it('is one sentence with the remedy', () => {
    const place = path.join(folder, 'full')
    mkdirSync(place)
    const small = path.join(folder, 'small')
    mkdirSync(small)
    for (const name of ['deploy', 'package.json']) {
      spawnSync('cp', ['-a', path.join(project, name), small])
    }
    writeFileSync(path.join(small, 'package-lock.json'), '{}')
    const program = path.join(place, 'deploy/set-up.mjs')
    const command = [...onFullDisk(place), small, process.execPath, program, '--no-build']
    const { status, stdout, stderr } = spawnSync(command[0] ?? '', command.slice(1), {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, REDIS_URL: 'redis://elsewhere' },
    })
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(/^The set-up could not be done\. The disk is full.*start again\.\n$/)
  })
})

describe('a file system that takes small and capital letters for the same', () => {
  it('has room for every file and every package, for no two have names that differ in that alone', () => {
    const lockFile = JSON.parse(readFileSync(path.join(ours, 'package-lock.json'), 'utf8'))
    const files = ['deploy', 'prisma', 'server', 'test', 'views'].flatMap((name) =>
      readdirSync(path.join(ours, name), { recursive: true, encoding: 'utf8' }).map((file) => path.join(name, file)),
    )
    const names = [...readdirSync(ours), ...files, ...Object.keys(lockFile.packages)].map((name) => name.toLowerCase())
    expect(names.length).toBeGreaterThan(1000)
    expect(names.length - new Set(names).size).toBe(0)
  })
})
