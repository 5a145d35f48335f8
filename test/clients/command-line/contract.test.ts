import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { PROGRAMS, type Program } from './support/programs.js'
import { startQuickSite } from './support/quick-site.js'

type Mistake = [words: string[], code: number, sentence: string]

describeWith(['python'], 'The command line for users', () => {
  let postern: RunningPostern
  let visitor: Visitor

  beforeAll(async () => {
    const port = await freePort()
    const settings = {
      deviceLogin: { enabled: true },
      services: { tap: { at: '/api/tap', requires: 'scope=read:tap' } },
    }
    postern = await startPostern({ port, baseUrl: `http://127.0.0.1:${port}`, settings })
    visitor = await signedIn(postern, 'ada')
  })
  afterAll(() => postern.stop())

  const folderOf = (desk: Desk) => path.join(desk.home, '.config/postern')
  const tokenFileOf = (desk: Desk) => path.join(folderOf(desk), `127.0.0.1_${postern.port}.token`)

  /** Begins a sign-in in the background; its answer is awaited after a user answered for it. */
  function beginLogin({ command, name }: Program, desk: Desk) {
    const [program = '', ...words] = command
    const child = spawn(program, [...words, 'login', postern.url, '--name', name, '--scope', 'read:tap'], {
      env: { PATH: process.env.PATH, HOME: desk.home, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
    })
    // Not `exit`, at which its last words may still be on their way.
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    const code = () => eventually(() => /\b([B-Z]{4}-[B-Z]{4})\b/.exec(told)?.[1] ?? Promise.reject(new Error(told)))
    return { ended, code, told: () => told }
  }

  async function answerFor(user_code: string, answer: 'allow' | 'deny', name: string): Promise<void> {
    await visitor.post('/auth/device', { user_code })
    const chosen = { name, scope: ['read:tap', 'user:token'], expires: '30d' }
    await visitor.post('/auth/device/answer', { user_code, ...chosen, answer })
  }

  it('signs in with a code that its user confirms in a browser, where each program keeps the token for both', async () => {
    const begin = (answer: 'allow' | 'deny') => (program: Program) => {
      const desk = openDesk()
      return { ...beginLogin(program, desk), program, desk, answer }
    }
    // Together, as each waits for five seconds between two questions.
    const logins = [...PROGRAMS.map(begin('allow')), ...PROGRAMS.map(begin('deny'))]
    for (const { code, answer, program } of logins) await answerFor(await code(), answer, program.name)
    for (const { ended, told, program, desk, answer } of logins) {
      const code = await ended
      expect(told()).not.toContain('gt-')
      if (answer === 'deny') {
        expect([code, told(), existsSync(tokenFileOf(desk))]).toEqual([1, expect.stringContaining('was denied'), false])
      } else {
        expect([code, statSync(tokenFileOf(desk)).mode & 0o777]).toEqual([0, 0o600])
        const { stdout } = await desk.run([...program.other.command, 'whoami'])
        expect(stdout).toMatch(/^ada.* at http:[\s\S]*read:tap user:token, until/)
      }
      desk.clear()
    }
  })

  describe.each(PROGRAMS)('$name', ({ name, command }) => {
    let desk: Desk
    let token: string
    let round = 0

    beforeEach(async () => {
      desk?.clear()
      desk = openDesk()
      round += 1
      token = await postern.token('ada', { name: `${name}-${round}`, scopes: ['user:token', 'read:tap'] })
    })
    afterAll(() => desk.clear())

    const cli = (...words: string[]) => desk.run([...command, ...words])
    /** As after a sign-in. */
    function keep(text = token, mode = 0o600) {
      mkdirSync(folderOf(desk), { recursive: true })
      writeFileSync(path.join(folderOf(desk), 'site'), postern.context.settings.baseUrl.origin, { mode: 0o600 })
      writeFileSync(tokenFileOf(desk), text)
      chmodSync(tokenFileOf(desk), mode)
    }

    it('creates, lists, rotates and revokes tokens', async () => {
      keep()
      const topcat = `topcat-${name}`
      const made = await cli('token', 'new', topcat, '--scope', 'read:tap', '--expires', '7d')
      expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^gt-\S{22}\.\S{22}\n$/) })
      expect((await cli('token', 'list')).stdout).toMatch(
        new RegExp(`^\\S{22}  ${topcat} +until \\S+ \\S+ +read:tap$`, 'm'),
      )
      const rotated = await cli('token', 'rotate', topcat, '--overlap', '0m')
      expect(rotated.stdout).toMatch(/^gt-/)
      expect(rotated.stdout).not.toBe(made.stdout)
      const ends = async () => {
        const listed = JSON.parse((await cli('token', 'list', '--json')).stdout) as {
          token_name?: string
          expires?: number
        }[]
        return listed.find((each) => each.token_name === topcat)?.expires ?? 0
      }
      const before = await ends()
      postern.advance(3600)
      await cli('token', 'rotate', topcat, '--overlap', '0m', '--renew')
      expect(await ends()).toBeGreaterThanOrEqual(before + 3600)
      expect(await cli('token', 'revoke', topcat)).toMatchObject({ code: 0 })
      const listed = JSON.parse((await cli('token', 'list', '--json')).stdout) as { token_name?: string }[]
      expect(listed.map((each) => each.token_name)).toContain(`${name}-${round}`)
      expect(listed.map((each) => each.token_name)).not.toContain(topcat)
    })

    it('goes on with the new token after it rotated its own', async () => {
      keep()
      expect((await cli('token', 'rotate', `${name}-${round}`, '--overlap', '0m')).code).toBe(0)
      expect(readFileSync(tokenFileOf(desk), 'utf8')).not.toBe(token)
      const { stdout } = await cli('whoami', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ username: 'ada', token: { token_name: `${name}-${round}` } })
    })

    it('signs out, be the token of few scopes, or not valid any more: it is revoked and its file is gone', async () => {
      const narrow = await postern.token('ada', { scopes: ['read:tap'] })
      keep(narrow)
      expect((await cli('logout')).code).toBe(0)
      expect(existsSync(tokenFileOf(desk))).toBe(false)
      keep(narrow)
      expect(await cli('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('not valid any more') })
      expect((await cli('logout')).code).toBe(0)
      expect(existsSync(tokenFileOf(desk))).toBe(false)
    })

    it('signs out of no token that its user did not sign in with', async () => {
      const ended = await desk.run([...command, 'logout', '--site', postern.url], { BEARER_TOKEN: token })
      expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('nothing to sign out of') })
      expect((await desk.run([...command, 'whoami', '--site', postern.url], { BEARER_TOKEN: token })).code).toBe(0)
    })

    it('gives the token to programs by their environment, and to none by its arguments', async () => {
      keep()
      const print = `echo $ACCESS_TOKEN $MAST_API_TOKEN $(cat $BEARER_TOKEN_FILE) \${BEARER_TOKEN-none}; exit 7`
      const run = await desk.run([...command, 'exec', '--', 'sh', '-c', print], { BEARER_TOKEN: 'another' })
      expect(run).toMatchObject({ code: 7, stdout: `${token} ${token} ${token} none\n` })
      const source = `eval "$(${command.join(' ')} env)"; ${print}`
      const sourced = await desk.run(['sh', '-c', source], { BEARER_TOKEN: 'another' })
      expect(sourced.stdout).toBe(run.stdout)
    })

    it('ends by the signal that ends the program which it runs', async () => {
      keep()
      const { code, stdout } = await desk.run([
        'sh',
        '-c',
        `${command.join(' ')} exec -- sh -c 'kill -TERM $$'; echo $?`,
      ])
      expect([code, stdout.trim()]).toEqual([0, '143'])
    })

    it('writes .netrc for its user alone, through a link, replaces its own line, and leaves the others', async () => {
      keep()
      const other = 'machine other.example.org login ada password x\n'
      const file = desk.file('netrc', `${other}machine 127.0.0.1 login x-oauth-basic password old\n`)
      symlinkSync(file, path.join(desk.home, '.netrc'))
      await cli('netrc', '--write')
      expect(readFileSync(file, 'utf8')).toBe(`${other}machine 127.0.0.1 login x-oauth-basic password ${token}\n`)
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const longer = 'machine 127.0.0.1\n  login ada\n  password x\n'
      desk.file('netrc', longer)
      expect((await cli('netrc', '--write')).code).toBe(1)
      expect(readFileSync(file, 'utf8')).toBe(longer)
    })

    it('explains an address', async () => {
      keep()
      const weak = await postern.token('ada', { name: `weak-${name}`, scopes: ['read:image'] })
      const { stdout } = await cli('explain', '/api/tap/sync')
      expect(stdout).toContain('A token with the permission read:tap.')
      expect(stdout).toContain(`+ ${name}-${round}`)
      expect(stdout).toMatch(new RegExp(`- weak-${name}\n +It lacks the permission read:tap\\.`))
      expect(stdout).not.toContain(weak)
      expect((await cli('explain', '/nowhere')).stdout).toContain('No service is known')
    })

    it('finds a token as grid tools do, where its user did not sign in', async () => {
      const file = desk.file('bearer', token)
      const byFile = await desk.run([...command, 'whoami', '--site', postern.url], { BEARER_TOKEN_FILE: file })
      expect(byFile.code).toBe(0)
      const { stdout } = await desk.run([...command, 'env', '--site', postern.url, '--json'], { BEARER_TOKEN: token })
      expect(JSON.parse(stdout)).toEqual({ ACCESS_TOKEN: token, MAST_API_TOKEN: token, BEARER_TOKEN: token })
    })

    it('takes no token from a link that another user has put where grid tools look', async () => {
      const file = desk.file('bearer', token)
      const runtime = path.join(desk.home, 'run')
      mkdirSync(runtime)
      const link = path.join(runtime, `bt_u${process.getuid?.()}`)
      symlinkSync(file, link)
      const whoami = () => desk.run([...command, 'whoami', '--site', postern.url], { XDG_RUNTIME_DIR: runtime })
      expect((await whoami()).code).toBe(0)
      if (process.getuid?.() !== 0) return
      lchownSync(link, 65_534, 65_534)
      expect((await whoami()).code).toBe(3)
    })

    it('refuses a token that other users of the machine can read', async () => {
      keep(token, 0o644)
      expect(await cli('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('Other users can read') })
    })

    it('ends with an exit code that says why, a sentence, and nothing on its standard output', async () => {
      keep()
      // biome-ignore format: a table reads in columns
      const mistakes: readonly Mistake[] = [
        [['login', 'http://data.example.org'], 2, 'has no TLS'],
        [['login', 'ftp://data.example.org'], 2, 'is no address of a site'],
        [['login', 'https://data.example.org:port'], 2, 'is no address of a site'],
        [['login', 'http://127.0.0.1:1'], 4, 'cannot be reached'],
        [['token', 'new', 'x', '--expires', '3x'], 2, 'is no duration'],
        [['token', 'new', 'x', '--scope', 'exec:admin'], 1, 'scopes'],
        [['token', 'new', ''], 1, 'token_name'],
        [['token', 'revoke', 'none-such'], 1, 'There is no token none-such'],
        ...['-hAAAAAAAAAAAAAAAAAAAA', '--AAAAAAAAAAAAAAAAAAAA'].flatMap((key): Mistake[] => [
          [['token', 'revoke', key], 1, `There is no token ${key}`],
          [['token', 'rotate', key, '--overlap', '1d', '--renew'], 1, `There is no token ${key}`],
        ]),
        [['token', 'new', 'x', '--exp', '3d'], 2, '--exp'],
        [['exec', '--', '/no/such/program'], 2, 'No such file'],
        [['exec'], 2, 'Name a command'],
        [[], 2, 'name a command'],
        [['token'], 2, 'name a command'],
        [['whoami', 'more'], 2, 'more'],
        [['completion', 'tcsh'], 2, 'tcsh'],
      ]
      const ends = await Promise.all(mistakes.map(([words]) => cli(...words)))
      const expected = mistakes.map(([, code, words]) => ({ code, stdout: '', stderr: expect.stringContaining(words) }))
      expect(ends).toEqual(expected)
    })

    it('gives one site one file, however its address is spelled', async () => {
      const words = ['netrc', '--site', `HTTP://LOCALHOST:80/`]
      mkdirSync(folderOf(desk), { recursive: true })
      writeFileSync(path.join(folderOf(desk), 'localhost.token'), token, { mode: 0o600 })
      expect((await cli(...words)).stdout).toBe(`machine localhost login x-oauth-basic password ${token}\n`)
    })

    it('follows no redirect with the token: another host would get it', async () => {
      keep()
      const heard: string[] = []
      const thief = createServer((request, response) => {
        heard.push(request.headers.authorization ?? '')
        response.end('{}')
      }).listen(0, '127.0.0.1')
      const site = createServer((_request, response) => {
        const { port } = thief.address() as AddressInfo
        response.writeHead(302, { Location: `http://127.0.0.1:${port}/` }).end('{"username":"eve","scopes":[]}')
      }).listen(0, '127.0.0.1')
      await eventually(() => expect([thief.listening, site.listening]).toEqual([true, true]))
      const at = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
      const ended = await desk.run([...command, 'whoami', '--site', at], { BEARER_TOKEN: token })
      expect([ended.code, heard]).toEqual([4, []])
      for (const server of [thief, site]) server.close()
    })

    it('says that another program answers at the address', async () => {
      const site = createServer((_request, response) => response.end('{"hello":"world"}')).listen(0, '127.0.0.1')
      await eventually(() => expect(site.listening).toBe(true))
      const at = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
      const ended = await desk.run([...command, 'whoami', '--site', at], { BEARER_TOKEN: token })
      expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining('answered without username') })
      site.close()
    })

    it('keeps a sign-in through a restart of the site, and asks for no code where it could not store a token', async () => {
      const site = await startQuickSite()
      site.cutOff(2)
      expect((await cli('login', site.url)).code).toBe(0)
      expect(readFileSync(path.join(folderOf(desk), `${site.account}.token`), 'utf8')).toBe(site.token())
      site.asked.length = 0
      const elsewhere = { XDG_CONFIG_HOME: desk.file('no-folder', '') }
      const ended = await desk.run([...command, 'login', site.url], elsewhere)
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written') })
      expect(site.asked).toEqual([])
      site.stop()
    })

    it('asks this machine by no proxy: without TLS a proxy would read the token', async () => {
      keep()
      const proxy = { http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' }
      expect((await desk.run([...command, 'whoami'], proxy)).code).toBe(0)
    })
  })
})
