import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { emptyFolder, removeFolders, type Started, start } from '../operate/cli/executable.js'
import { bootstrapToken, makeFirst } from '../support/bootstrap.js'
import { eventually } from '../support/eventually.js'
import { ASKED } from '../support/postern.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const UNIT = 'deploy/systemd/postern.service'
const text = readFileSync(UNIT, 'utf8')
const folder = mkdtempSync(path.join(tmpdir(), 'postern-systemd-'))
let postern: Started | undefined
afterAll(async () => {
  postern?.child.kill('SIGKILL')
  await postern?.ended()
  rmSync(folder, { recursive: true })
  removeFolders()
})

/** What the unit sets, in its order. */
const valuesOf = (name: string) => [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)

function systemd(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

/** The system calls of a set of systemd's, with those of the sets in it. */
function callsOf(set: string): string[] {
  const { output } = systemd('systemd-analyze', 'syscall-filter', set)
  const names = output.split('\n').map((line) => line.trim())
  return names.slice(1).flatMap((name) => (name.startsWith('@') ? callsOf(name) : /^\w+$/.test(name) ? [name] : []))
}

describe('the unit', () => {
  it('lets JavaScript be compiled, and takes away what Postern does not need', () => {
    expect(text).not.toMatch(/^MemoryDenyWriteExecute=/m)
    expect(valuesOf('CapabilityBoundingSet')).toEqual([''])
    expect(valuesOf('SystemCallFilter')).toEqual(['@system-service', '~@privileged'])
    expect(valuesOf('SystemCallErrorNumber')).toEqual(['EPERM'])
  })
})

describeWith(['systemd'], 'the unit, to systemd,', () => {
  it('is exposed to less than 3 of 10', () => {
    const options = ['security', '--offline=true', '--no-pager', '--threshold=30']
    const { status, output } = systemd('systemd-analyze', ...options, UNIT)
    expect([status, output]).toEqual([0, expect.stringMatching(/Overall exposure level .* OK/)])
  })

  it('has no line that systemd does not know', () => {
    const copy = path.join(folder, 'postern.service')
    writeFileSync(copy, text.replace('/usr/bin/node', process.execPath))
    expect(systemd('systemd-analyze', 'verify', '--man=no', copy)).toEqual({ status: 0, output: '' })
  })

  it('has a user that is made by the shipped file, and cannot sign in', () => {
    mkdirSync(path.join(folder, 'etc'))
    for (const name of ['passwd', 'group']) writeFileSync(path.join(folder, 'etc', name), '')
    const file = path.resolve('deploy/systemd/postern.sysusers.conf')
    expect(systemd('systemd-sysusers', `--root=${folder}`, file).status).toBe(0)
    const [user] = valuesOf('User')
    const made = readFileSync(path.join(folder, 'etc/passwd'), 'utf8')
    expect(made).toMatch(new RegExp(`^${user}:x:\\d+:\\d+:Postern:/var/lib/postern:\\S*/nologin\n$`))
  })
})

/** V8 asks whether the processor can protect compiled code by keys, and does without where it may not. */
const DONE_WITHOUT = ['pkey_alloc']

describeWith(['systemd', 'strace'], 'Postern under the unit', () => {
  it('makes no system call and opens no kind of socket that the unit forbids, from its start to its end', async () => {
    const [allow = '', forbid = ''] = valuesOf('SystemCallFilter')
    const forbidden = new Set(callsOf(forbid.slice(1)))
    const allowed = callsOf(allow).filter((name) => !forbidden.has(name))
    const families = valuesOf('RestrictAddressFamilies').join(' ').split(' ')
    expect(allowed.length).toBeGreaterThan(200)

    const log = path.join(folder, 'calls')
    // All but the allowed ones, and with them the sockets; a question mark is for names that this machine has not.
    const calls = allowed.filter((name) => name !== 'socket').map((name) => `?${name}`)
    const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-qqq', '-e', 'signal=none', '-o', log, '-e']
    const [port, bootstrap] = [await freePort(), bootstrapToken()]
    const socket = path.join(folder, 'checks.sock')
    const server = start([...strace, `trace=!${calls.join(',')}`, process.execPath, 'dist/main.js'], {
      DATABASE_URL: await freshDatabase(),
      REDIS_URL: await freshRedis(),
      POSTERN_SECRET: 'a secret of at least thirty-two characters',
      POSTERN_BOOTSTRAP_TOKEN: bootstrap,
      POSTERN_DATA: emptyFolder(),
      POSTERN_PORT: String(port),
      POSTERN_INTERNAL_LISTEN: `unix:${socket}`,
      POSTERN_WORKERS: '2',
      POSTERN_STOP_GRACE: '0',
    })
    postern = server
    await server.printed(/Postern is at/)
    const token = await makeFirst(port, bootstrap, { username: 'ada', token_name: 'first', scopes: ['read:tap'] })
    const check = ['--unix-socket', socket, '-s', '-o', '/dev/null', '-w', '%{http_code}']
    const headers = Object.entries({ ...ASKED, Authorization: `Bearer ${token}` }).flatMap(([name, value]) => [
      '-H',
      `${name}: ${value}`,
    ])
    const address = 'http://checks/ingress/auth?scope=read:tap'
    expect(spawnSync('curl', [...check, ...headers, address], { encoding: 'utf8' }).stdout).toBe('200')
    server.child.kill('SIGUSR2')
    await eventually(() => server.output().split('"msg":"Worker ready"').length > 4, { withinMs: 150_000 })
    server.child.kill('SIGTERM')
    expect(await server.ended()).toBe(0)

    const traced = readFileSync(log, 'utf8').split('\n')
    const opened = traced.flatMap((line) => / socket\((\w+)/.exec(line)?.[1] ?? [])
    const others = traced.flatMap((line) => /^\d+ +(?!socket\b)(\w+)\(/.exec(line)?.[1] ?? [])
    expect(opened).toContain('AF_UNIX')
    expect(opened.filter((family) => !families.includes(family))).toEqual([])
    expect(others.filter((name) => !DONE_WITHOUT.includes(name))).toEqual([])
  })
})
