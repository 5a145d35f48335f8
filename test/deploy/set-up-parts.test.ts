import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { loadPart } from './support/clone.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-set-up-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the lock of the set-up', () => {
  const file = path.join(folder, 'lock')
  let said: string[]

  beforeEach(() => {
    said = []
    rmSync(file, { force: true })
  })

  async function withLock<T>(work: (lock: { onStart(pid: number): void }) => T): Promise<T> {
    const { withLock } = await loadPart('lock.mjs')
    return withLock(work, { file, host: 'here', pollMs: 5, tell: (line: string) => said.push(line) })
  }

  /** A lock as another set-up left it, that was last touched so many seconds ago; young however busy the machine is, where negative. */
  function leave(holder: unknown, seconds = 0): void {
    writeFileSync(file, typeof holder === 'string' ? holder : JSON.stringify(holder))
    const then = Date.now() / 1000 - seconds
    utimesSync(file, then, then)
  }

  const own = async () => (await loadPart('process-start.mjs')).startOf(process.pid) as string
  const GONE = { id: 'x', host: 'here', pid: 2 ** 30, started: 'then' }

  it('is gone when the work is done, and when it fails', async () => {
    expect(await withLock(() => existsSync(file))).toBe(true)
    expect(readdirSync(folder)).toEqual([])
    await expect(
      withLock(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(readdirSync(folder)).toEqual([])
  })

  it('keeps two set-ups apart', async () => {
    const steps: string[] = []
    let finish = () => {}
    const first = withLock(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      steps.push('first')
    })
    await eventually(() => existsSync(file))
    const second = withLock(() => steps.push('second'))
    await eventually(() => said.length > 0)
    expect(said).toEqual([`Another set-up runs (process ${process.pid}); waiting for its end …`])
    finish()
    await Promise.all([first, second])
    expect(steps).toEqual(['first', 'second'])
  })

  it.each([
    ['whose process is gone', GONE, 0],
    ['whose pid is another process by now', { ...GONE, pid: process.pid }, 0],
    ['whose processes are all gone', { ...GONE, program: { pid: process.pid, started: 'then' } }, 0],
    ['that was never written, and is old', '', 30],
    ['that is broken, and is old', '{"id":', 30],
    ['of another machine that has been silent', { ...GONE, host: 'there' }, 300],
  ])('is taken over at once: one %s', async (_, holder, age) => {
    leave(holder, age)
    expect(await withLock(() => JSON.parse(readFileSync(file, 'utf8')).pid)).toBe(process.pid)
    expect(said).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['that is just being made', async () => '', /^Another set-up begins; waiting/],
    ['of another machine', async () => ({ ...GONE, host: 'there' }), /^Another set-up runs on there; waiting/],
    [
      'of a set-up that was killed, with a program of it that goes on',
      async () => ({ ...GONE, program: { pid: process.pid, started: await own() } }),
      /^A set-up was killed, and a program that it started still runs \(process \d+\); waiting/,
    ],
  ])('is waited for: one %s', async (_, holder, sentence) => {
    leave(await holder(), -60)
    const work = withLock(() => 'done')
    await eventually(() => said.length > 0)
    expect(said).toEqual([expect.stringMatching(sentence)])
    rmSync(file)
    expect(await work).toBe('done')
  })

  it('names the program that the work starts', async () => {
    const noted = await withLock(({ onStart }) => {
      onStart(process.pid)
      return JSON.parse(readFileSync(file, 'utf8'))
    })
    expect(noted).toMatchObject({ pid: process.pid, program: { pid: process.pid, started: await own() } })
  })
})

describe('a program of the set-up', () => {
  async function run(script: string, options: object = {}): Promise<void> {
    const { run } = await loadPart('run.mjs')
    return run('It failed.', [process.execPath, '-e', script], options)
  }

  it('that takes long is seen to be alive, and what it prints is not shown', async () => {
    const go = path.join(folder, 'go')
    const said: string[] = []
    const pids: number[] = []
    const script = `console.log('noise'); setInterval(() => require('fs').existsSync(${JSON.stringify(go)}) && process.exit(), 10)`
    const running = run(script, {
      doing: 'Building',
      everyMs: 10,
      tell: (line: string) => said.push(line),
      onStart: (pid: number) => pids.push(pid),
    })
    await eventually(() => said.length > 2)
    expect(said.filter((line) => !/^Building … \d+ s so far$/.test(line))).toEqual([])
    writeFileSync(go, '')
    await running
    expect(pids).toEqual([expect.any(Number)])
  })

  it('that fails is named with what it printed, in its order', async () => {
    await expect(run("console.log('a'); console.error('b'); process.exitCode = 3")).rejects.toMatchObject({
      message: 'It failed.',
      output: 'a\nb',
    })
  })

  it('that the system ends is named with the likely cause', async () => {
    await expect(run("process.kill(process.pid, 'SIGKILL')")).rejects.toThrow(
      'It failed. The system ended it (SIGKILL), as it does when memory runs out.',
    )
  })

  it('that is not there is named', async () => {
    const { run } = await loadPart('run.mjs')
    await expect(run('It failed.', ['/nowhere/npm'])).rejects.toMatchObject({ output: 'spawn /nowhere/npm ENOENT' })
  })
})

describe('a cause that a program of the set-up names', () => {
  const npm = (code: string, more = '') => `npm error code ${code}\n${more}npm error A complete log is in …`

  it.each([
    [npm('ENOSPC', 'npm error syscall write\n'), /^The disk is full.* make room for/],
    ['error TS5033: Could not write file: no space left on device', /^The disk is full/],
    ["EDQUOT: disk quota exceeded, open '/x'", /^The disk is full, or the quota used up/],
    [
      "EROFS: read-only file system, open '/srv/postern/.set-up.lock'",
      /^\/srv\/postern\/\.set-up\.lock is on a read-only/,
    ],
    [
      "EACCES: permission denied, open '/srv/postern/.set-up.lock'",
      /^This user may not write \/srv\/postern\/\.set-up\.lock: run node deploy\/set-up\.mjs as its owner, or .*chown/,
    ],
    [
      npm('EACCES', 'npm error syscall mkdir\nnpm error path /home/ada/.npm/_cacache\n'),
      /^This user may not write \/home\/ada\/\.npm\/_cacache: /,
    ],
    ['spawn npm ENOENT', /^There is no npm on the PATH/],
    [
      npm('ENOTFOUND', 'npm error network request to https://r/zod failed, reason: getaddrinfo ENOTFOUND r\n'),
      /^npm cannot reach its registry \(getaddrinfo ENOTFOUND r\): behind a proxy, set HTTPS_PROXY.*copy npm’s cache/,
    ],
    [npm('EAI_AGAIN'), /^npm cannot reach its registry: behind a proxy/],
    [npm('ENOTCACHED'), /^npm cannot reach its registry/],
    [npm('ECONNRESET', 'npm error Proxy response (407)\n'), /^The proxy before npm asks for a user and a password/],
    [npm('SELF_SIGNED_CERT_IN_CHAIN'), /^The registry’s certificate is not one that Node\.js trusts.*cafile/],
    [npm('E401'), /^The registry refuses: sign in/],
    [npm('E404'), /^The registry lacks a package/],
    [npm('EINTEGRITY'), /^A package is not the one that package-lock\.json names/],
    [npm('EUSAGE'), /^package\.json and package-lock\.json do not fit/],
    [npm('ENOTEMPTY'), /^Another program writes to .*node_modules at the same time/],
  ])('has one sentence with the remedy: %s', async (output, sentence) => {
    const { remedyFor } = await loadPart('remedies.mjs')
    expect(remedyFor(output)).toMatch(sentence)
    expect(remedyFor(output)).toMatch(/^[^\n]*\.$/)
  })

  it('is left to its output when it is another', async () => {
    const { remedyFor } = await loadPart('remedies.mjs')
    expect(remedyFor("server/main.ts(1,14): error TS2322: Type 'string' is not …")).toBeUndefined()
  })
})
