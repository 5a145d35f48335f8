import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const ours = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Options of the set-up, and a command that runs it. */
interface How {
  readonly options?: readonly string[]
  readonly prefix?: readonly string[]
}

export interface Running {
  readonly process: ChildProcess
  /** What it has printed so far. */
  output(): string
  readonly ended: Promise<Ended>
}

/**
 * In the place of npm: counts its calls, and installs by linking to our own packages. BREAK_NPM makes it fail `before` it
 * begins or once with `not-empty`, `wait` half-way until the file `go` is there, or kill the set-up `half-way`: then it ends,
 * or does not (`survive`) until the file `go` is there.
 */
const fakeNpm = (folder: string) => `
  const fs = require('fs')
  const broken = process.env.BREAK_NPM
  const file = (name) => ${JSON.stringify(folder)} + '/' + name
  const packages = ${JSON.stringify(path.join(ours, 'node_modules'))}
  const isFirst = !fs.existsSync(file('npm-calls'))
  fs.appendFileSync(file('npm-calls'), process.argv.slice(2).join(' ') + '\\n')
  if (broken === 'before') { console.error('ENOTFOUND registry'); process.exit(1) }
  if (broken === 'not-empty' && isFirst) { console.error('npm error code ENOTEMPTY'); process.exit(1) }
  fs.rmSync('node_modules', { recursive: true, force: true })
  fs.mkdirSync('node_modules')
  if (broken === 'half-way' || broken === 'survive') process.kill(process.ppid, 'SIGKILL')
  // It must not outlive the set-up: what it went on linking would be in the way of the next one.
  if (broken === 'half-way') process.exit()
  if (broken === 'wait' || broken === 'survive') {
    fs.writeFileSync(file('npm-pid'), String(process.pid))
    const pause = new Int32Array(new SharedArrayBuffer(4))
    while (!fs.existsSync(file('go')) && fs.existsSync(__filename)) Atomics.wait(pause, 0, 0, 20)
  }
  for (const name of fs.readdirSync(packages)) {
    if (!name.startsWith('.')) fs.symlinkSync(packages + '/' + name, 'node_modules/' + name)
  }
`

/** Without the lines with which the set-up says again that it is alive or waits, where a busy machine takes long. */
const withoutSigns = (output: string) =>
  output.replace(/^.* … \d+ s so far\n/gm, '').replace(/^(.*; waiting for its end …\n)\1+/gm, '$1')

/** A clone with a small server, in a folder with spaces in its name and with an npm of its own. */
export function makeClone() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'set up '))
  const project = path.join(folder, 'a clone')
  const npm = path.join(folder, 'npm-cli.js')
  const npmCalls = path.join(folder, 'npm-calls')
  const program = path.join(project, 'deploy/set-up.mjs')

  const options = (env: Record<string, string>) => ({
    // From another folder, as a service manager would call it.
    cwd: '/',
    env: { PATH: process.env.PATH, REDIS_URL: 'redis://elsewhere', npm_execpath: npm, ...env },
  })

  function setUp(env: Record<string, string> = {}, how: How = {}): Ended {
    rmSync(npmCalls, { force: true })
    const [first = '', ...rest] = [...(how.prefix ?? []), process.execPath, program, ...(how.options ?? [])]
    const { status, stdout, stderr } = spawnSync(first, rest, { encoding: 'utf8', ...options(env) })
    return { code: status, output: withoutSigns(stdout + stderr) }
  }

  /** Starts a set-up that does not build. */
  function begin(env: Record<string, string> = {}): Running {
    const child = spawn(process.execPath, [program, '--no-build'], options(env))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output: withoutSigns(output) }))
    return { process: child, output: () => withoutSigns(output), ended }
  }

  function writeSource(name: string, text: string): void {
    writeFileSync(path.join(project, 'server', name), text)
  }

  function edit(name: string, change: (text: string) => string): void {
    const file = path.join(project, name)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }

  writeFileSync(npm, fakeNpm(folder))
  mkdirSync(path.join(project, 'server/storage'), { recursive: true })
  for (const name of [
    'deploy/set-up',
    'deploy/set-up.mjs',
    'prisma',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ]) {
    cpSync(path.join(ours, name), path.join(project, name), { recursive: true })
  }
  cpSync(path.join(ours, 'server/tsconfig.json'), path.join(project, 'server/tsconfig.json'))
  writeSource(
    'main.ts',
    "import { TokenType } from './storage/generated/enums.js'\nexport const type = TokenType.user\n",
  )

  return {
    folder,
    project,
    setUp,
    begin,
    writeSource,
    edit,
    /** What npm was called with, since the last set-up of {@link setUp}. */
    calls: () => (existsSync(npmCalls) ? readFileSync(npmCalls, 'utf8').trim().split('\n') : []),
    /** Makes the next set-up install again. */
    changeLockFile: () => edit('package-lock.json', (text) => `${text}\n`),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

export function loadPart(name: string) {
  return import(path.join(ours, 'deploy/set-up', name))
}
