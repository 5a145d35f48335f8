import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const [runtime, environment] = ['./shared-runtime.mjs', './shared-environment.mjs']

describe('the realm of a worker', () => {
  let tests: string
  let server: string

  beforeAll(() => {
    mkdirSync('test/artefacts', { recursive: true })
    tests = mkdtempSync(path.resolve('test/artefacts/modules-'))
    server = mkdtempSync(path.join(os.tmpdir(), 'modules-'))
  })
  afterAll(() => {
    for (const folder of [tests, server]) rmSync(folder, { recursive: true })
  })

  /** A module that writes its name into the log whenever it is evaluated; gives back how a test imports it. */
  function module(folder: string, name: string, imports: readonly string[] = []): string {
    const log = path.join(tests, 'log')
    const lines = [
      ...imports.map((each) => `import '${each}'`),
      `import { appendFileSync } from 'node:fs'`,
      `appendFileSync(${JSON.stringify(log)}, '${name} ')`,
    ]
    writeFileSync(path.join(folder, `${name}.mjs`), lines.join('\n'))
    return path.join(path.relative(tests, folder) || '.', `./${name}.mjs`).replace(/^(?!\.)/, './')
  }

  /** Runs a test file of these lines, as jest does, and returns which modules were evaluated. */
  async function run(lines: readonly string[], { watch = false } = {}): Promise<string> {
    writeFileSync(path.join(tests, 'log'), '')
    const file = path.join(tests, 'file.test.mjs')
    writeFileSync(file, lines.join('\n'))
    const { default: SharedRuntime } = await import(runtime)
    const mocker = { moduleMocker: { fn: () => undefined, spyOn: () => undefined } }
    const its = new SharedRuntime({}, mocker, {}, {}, {}, {}, file, { watch })
    await its.unstable_importModule(file)
    return readFileSync(path.join(tests, 'log'), 'utf8').trim()
  }

  it('evaluates the modules of the server once, and those of the tests for each file', async () => {
    const lines = [`import '${module(tests, 'support')}'`, `import '${module(server, 'resolve')}'`]
    expect(await run(lines)).toBe('support resolve')
    expect(await run(lines)).toBe('support')
  })

  it('evaluates the modules of the server for each file of a watch, since they may have changed', async () => {
    const lines = [`import '${module(server, 'watched')}'`]
    expect(await run(lines, { watch: true })).toBe('watched')
    expect(await run(lines, { watch: true })).toBe('watched')
  })

  it('evaluates a module once that two imports at the same time lead to', async () => {
    module(server, 'deep')
    module(server, 'common', ['./deep.mjs'])
    const both = ['one', 'other'].map((name) => module(server, name, ['./common.mjs']))
    const lines = [`await Promise.all([${both.map((each) => `import('${each}')`).join(', ')}])`]
    expect((await run(lines)).split(' ').sort()).toEqual(['common', 'deep', 'one', 'other'])
  })

  it('is for the next file as it was for the last: its environment, its console and its exit', async () => {
    const { default: SharedEnvironment } = await import(environment)
    const { console: ours, process } = globalThis
    const [env, exit] = [{ ...process.env }, process.exit]
    const projectConfig = { testEnvironmentOptions: {}, globals: {}, fakeTimers: {} }
    const file = new SharedEnvironment({ projectConfig }, {})
    await file.setup()
    process.env.POSTERN_PORT = '1'
    delete process.env.PATH
    globalThis.console = Object.create(ours)
    process.exit = () => undefined as never
    await file.teardown()
    expect(process.env).toEqual(env)
    expect(globalThis.console).toBe(ours)
    expect(process.exit).toBe(exit)
  })
})
