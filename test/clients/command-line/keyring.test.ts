import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { runOrFail } from '../../support/run/processes.js'
import { describeWith } from '../../support/run/requires.js'
import { PROGRAMS } from './support/programs.js'
import { type QuickSite, startQuickSite } from './support/quick-site.js'
import { type SessionBus, startSessionBus } from './support/session-bus.js'

const SECURITY = path.resolve('test/clients/command-line/support/macos-security.sh')

let desk: Desk
let site: QuickSite
beforeEach(async () => {
  desk = openDesk()
  site = await startQuickSite()
})
afterEach(() => {
  site.stop()
  desk.clear()
})

const inFolder = (name: string) => path.join(desk.home, '.config/postern', name)
const tokenFile = () => inFolder(`${site.account}.token`)

/** A folder of programs, for a PATH of its own. */
function programs(): string {
  const folder = path.join(desk.home, 'bin')
  mkdirSync(folder, { recursive: true })
  return folder
}

const where = async (name: string) => (await runOrFail(['sh', '-c', `command -v ${name}`])).trim()

function program(name: string, text: string): void {
  const file = path.join(programs(), name)
  writeFileSync(file, text)
  chmodSync(file, 0o755)
}

/** Holds what a keyring has to do for both programs, with that of the environment. */
async function holdKeyring(
  { command, other }: (typeof PROGRAMS)[number],
  env: () => Record<string, string>,
  stored: () => Promise<string>,
): Promise<void> {
  const run = (...words: string[]) => desk.run([...command, ...words], env())
  const runOther = (...words: string[]) => desk.run([...other.command, ...words], env())
  const first = site.token()

  const signedIn = await run('login', site.url, '--keyring')
  expect(signedIn).toMatchObject({ code: 0, stdout: expect.stringContaining('is in the keyring') })
  expect([existsSync(tokenFile()), await stored()]).toEqual([false, first])
  expect((await runOther('whoami')).stdout).toMatch(/^ada at /)
  expect(JSON.parse((await runOther('env', '--json')).stdout)).toMatchObject({ BEARER_TOKEN: first })

  expect((await runOther('token', 'rotate', 'laptop')).code).toBe(0)
  expect([existsSync(tokenFile()), await stored()]).toEqual([false, site.token()])
  expect((await run('whoami')).code).toBe(0)

  expect((await run('logout')).code).toBe(0)
  expect(site.asked).toContain('POST /auth/openid/revoke')
  expect([await stored(), (await runOther('whoami')).code]).toEqual(['', 3])
}

describeWith(['python', 'keyring'], 'The keyring of a desktop, and the command line for users', () => {
  let home: Desk
  let bus: SessionBus
  beforeAll(async () => {
    home = openDesk()
    bus = await startSessionBus(home.home)
  })
  afterAll(async () => {
    await bus?.stop()
    home?.clear()
  })

  const item = () => ['service', 'postern', 'account', site.account]
  const inKeyring = async () => (await home.run(['secret-tool', 'lookup', ...item()], bus.env)).stdout
  /** The real program, which records the arguments that every user of the machine could read. */
  async function recorded() {
    const record = path.join(desk.home, 'arguments')
    program('secret-tool', `#!/bin/sh\necho "$*" >> ${record}\nexec ${await where('secret-tool')} "$@"\n`)
    return { record, env: () => ({ ...bus.env, PATH: `${programs()}:${process.env.PATH}` }) }
  }

  describe.each(PROGRAMS)('$name', (each) => {
    const { command } = each

    it('stores the token there, and gives it to secret-tool by no argument', async () => {
      const { record, env } = await recorded()
      await holdKeyring(each, env, inKeyring)
      expect(readFileSync(record, 'utf8')).toMatch(/^store .*account 127/m)
      expect(readFileSync(record, 'utf8')).not.toContain('gt-')
    })

    it('has the token in one place: a sign-in without the keyring takes it from there', async () => {
      await desk.run([...command, 'login', site.url, '--keyring'], bus.env)
      expect(await inKeyring()).toBe(site.token())
      await desk.run([...command, 'login', site.url], bus.env)
      expect([await inKeyring(), readFileSync(tokenFile(), 'utf8')]).toEqual(['', site.token()])
      expect((await desk.run([...command, 'whoami'])).code).toBe(0)
    })

    it('says that the keyring has the token no more, or cannot be reached', async () => {
      await desk.run([...command, 'login', site.url, '--keyring'], bus.env)
      const away = await desk.run([...command, 'whoami'])
      expect(away).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/in the keyring, which does not give it: .*D-Bus/),
      })
      await home.run(['secret-tool', 'clear', ...item()], bus.env)
      const gone = await desk.run([...command, 'whoami'], bus.env)
      expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining('in the keyring no more') })
    })

    it('asks for no code where no session bus answers', async () => {
      const ended = await desk.run([...command, 'login', site.url, '--keyring'])
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/There is no keyring here: .*D-Bus/) })
      expect([site.asked, existsSync(inFolder('site'))]).toEqual([[], false])
    })
  })
})

describeWith(['python'], 'The command line for users', () => {
  describe.each(PROGRAMS)('$name', (each) => {
    it('stores the token in macOS’ keychain, and gives it to security by no argument', async () => {
      const keychain = path.join(desk.home, 'keychain')
      mkdirSync(keychain)
      cpSync(SECURITY, path.join(programs(), 'security'))
      for (const name of ['sh', 'cat', 'rm']) program(name, `#!/bin/sh\nexec ${await where(name)} "$@"\n`)
      const item = path.join(keychain, `postern.${site.account}`)
      const stored = async () => (existsSync(item) ? readFileSync(item, 'utf8') : '')
      await holdKeyring(each, () => ({ PATH: programs(), KEYCHAIN: keychain }), stored)
      const seen = readFileSync(path.join(keychain, 'arguments'), 'utf8')
      expect(seen).toMatch(/^-i$/m)
      expect(seen).not.toContain('gt-')
    })

    it('asks for no code where no keyring is installed', async () => {
      const ended = await desk.run([...each.command, 'login', site.url, '--keyring'], { PATH: programs() })
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('libsecret-tools') })
      expect(site.asked).toEqual([])
    })
  })
})
