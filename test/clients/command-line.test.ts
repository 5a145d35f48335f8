import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { signedIn, type Visitor } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'

const PROGRAM = path.resolve('deploy/cli/postern.py')

describeWith(['pyvo'], 'The command line for users', () => {
  let postern: RunningPostern
  let visitor: Visitor
  let desk: Desk
  let token: string
  let round = 0

  beforeAll(async () => {
    const port = await freePort()
    const baseUrl = `http://127.0.0.1:${port}`
    const settings = {
      deviceLogin: { enabled: true },
      services: { tap: { at: '/api/tap', requires: 'scope=read:tap' } },
    }
    postern = await startPostern({ port, baseUrl, settings })
    visitor = await signedIn(postern, 'ada')
  })
  afterAll(() => postern.stop())
  beforeEach(async () => {
    desk?.clear()
    desk = openDesk()
    round += 1
    token = await postern.token('ada', { name: `login-${round}`, scopes: ['user:token', 'read:tap'] })
  })
  afterAll(() => desk.clear())

  const files = () => path.join(desk.home, '.config/postern')
  const tokenFile = () => path.join(files(), `127.0.0.1_${postern.port}.token`)
  const cli = (...words: string[]) => desk.run(['python3', PROGRAM, ...words])
  /** As after a sign-in. */
  function keep(text = token, mode = 0o600) {
    mkdirSync(files(), { recursive: true })
    writeFileSync(path.join(files(), 'site'), postern.context.settings.baseUrl.origin, { mode: 0o600 })
    writeFileSync(tokenFile(), text)
    chmodSync(tokenFile(), mode)
  }

  /** Begins a sign-in in the background; its answer is awaited after a user answered for it. */
  function beginLogin() {
    const child = spawn('python3', [PROGRAM, 'login', postern.url, '--name', `cli-${round}`, '--scope', 'read:tap'], {
      env: { PATH: process.env.PATH, HOME: desk.home, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
    })
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    const code = () => eventually(() => /\b([B-Z]{4}-[B-Z]{4})\b/.exec(told)?.[1] ?? Promise.reject(new Error(told)))
    return { ended, code, told: () => told }
  }

  it('signs in with a code that its user confirms in a browser, and keeps the token in a file of theirs alone', async () => {
    const login = beginLogin()
    const user_code = await login.code()
    await visitor.post('/auth/device', { user_code })
    await visitor.post('/auth/device/answer', {
      user_code,
      ...{ name: `cli-${round}`, scope: ['read:tap', 'user:token'], expires: '30d', answer: 'allow' },
    })
    expect(await login.ended).toBe(0)
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600)
    const { stdout } = await cli('whoami')
    expect(stdout).toMatch(/^ada.* at http:[\s\S]*read:tap user:token, until/)
    expect(login.told()).not.toContain('gt-')
  })

  it('says that the sign-in was denied, and keeps nothing', async () => {
    const login = beginLogin()
    const user_code = await login.code()
    await visitor.post('/auth/device', { user_code })
    await visitor.post('/auth/device/answer', { user_code, answer: 'deny' })
    expect(await login.ended).toBe(1)
    expect(login.told()).toContain('The sign-in was denied')
    expect((await cli('whoami')).code).toBe(3)
  })

  it('creates, lists, rotates and revokes tokens', async () => {
    keep()
    const made = await cli('token', 'new', `topcat-${round}`, '--scope', 'read:tap', '--expires', '7d')
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^gt-\S{22}\.\S{22}\n$/) })
    expect((await cli('token', 'list')).stdout).toMatch(new RegExp(`topcat-${round} .*read:tap`))
    const rotated = await cli('token', 'rotate', `topcat-${round}`, '--overlap', '0m')
    expect(rotated.stdout).toMatch(/^gt-/)
    expect(rotated.stdout).not.toBe(made.stdout)
    expect(await cli('token', 'revoke', `topcat-${round}`)).toMatchObject({ code: 0 })
    const listed = JSON.parse((await cli('token', 'list', '--json')).stdout) as { token_name?: string }[]
    expect(listed.map(({ token_name }) => token_name)).not.toContain(`topcat-${round}`)
  })

  it('goes on with the new token after it rotated its own', async () => {
    keep()
    expect((await cli('token', 'rotate', `login-${round}`, '--overlap', '0m')).code).toBe(0)
    expect(readFileSync(tokenFile(), 'utf8')).not.toBe(token)
    expect((await cli('whoami')).code).toBe(0)
  })

  it('signs out: the token is revoked and its file is gone', async () => {
    keep()
    expect((await cli('logout')).code).toBe(0)
    expect((await cli('whoami')).code).toBe(3)
    keep()
    expect(await cli('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('not valid any more') })
  })

  it('gives the token to programs by their environment, and to none by its arguments', async () => {
    keep()
    const { stdout } = await cli(
      'exec',
      '--',
      'sh',
      '-c',
      'echo $ACCESS_TOKEN $MAST_API_TOKEN $(cat $BEARER_TOKEN_FILE)',
    )
    expect(stdout.trim().split(' ')).toEqual([token, token, token])
    const sourced = await desk.run(['sh', '-c', `eval "$(python3 ${PROGRAM} env)"; echo $ACCESS_TOKEN`])
    expect(sourced.stdout.trim()).toBe(token)
    expect((await cli('exec', '--', 'sh', '-c', 'exit 7')).code).toBe(7)
  })

  it('writes .netrc for its user alone, replaces its own line there, and leaves the others', async () => {
    keep()
    desk.file('.netrc', 'machine other.example.org login ada password x\n')
    await cli('netrc', '--write')
    await cli('netrc', '--write')
    const netrc = path.join(desk.home, '.netrc')
    expect(readFileSync(netrc, 'utf8')).toBe(
      `machine other.example.org login ada password x\nmachine 127.0.0.1 login x-oauth-basic password ${token}\n`,
    )
    expect(statSync(netrc).mode & 0o777).toBe(0o600)
    const longer = 'machine 127.0.0.1\n  login ada\n  password x\n'
    desk.file('.netrc', longer)
    expect((await cli('netrc', '--write')).code).toBe(1)
    expect(readFileSync(netrc, 'utf8')).toBe(longer)
  })

  it('explains an address', async () => {
    keep()
    const weak = await postern.token('ada', { name: `weak-${round}`, scopes: ['read:image'] })
    const { stdout } = await cli('explain', '/api/tap/sync')
    expect(stdout).toContain('A token with the scope read:tap.')
    expect(stdout).toContain(`+ login-${round}`)
    expect(stdout).toMatch(new RegExp(`- weak-${round}\n +It lacks the scope read:tap\\.`))
    expect(stdout).not.toContain(weak)
    expect((await cli('explain', '/nowhere')).stdout).toContain('No service is known')
  })

  it('finds a token as grid tools do, where its user did not sign in', async () => {
    const site = ['--site', postern.url]
    const byName = await desk.run(['python3', PROGRAM, 'whoami', ...site], { BEARER_TOKEN: token })
    const file = desk.file('bearer', token)
    const byFile = await desk.run(['python3', PROGRAM, 'whoami', ...site], { BEARER_TOKEN_FILE: file })
    expect([byName.code, byFile.code]).toEqual([0, 0])
  })

  it('refuses a token that other users of the machine can read', async () => {
    keep(token, 0o644)
    expect(await cli('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('Other users can read') })
  })

  it.each([
    [['login', 'http://data.example.org'], 2, 'has no TLS'],
    [['login', 'ftp://data.example.org'], 2, 'is no address of a site'],
    [['login', 'http://127.0.0.1:1'], 4, 'cannot be reached'],
    [['token', 'new', 'x', '--expires', '3x'], 2, 'is no duration'],
    [['token', 'new', 'x', '--scope', 'exec:admin'], 1, 'scopes'],
    [['token', 'new', ''], 1, 'token_name'],
    [['token', 'revoke', 'none-such'], 1, 'There is no token none-such'],
    [['exec', '--', '/no/such/program'], 2, 'No such file'],
    [['exec'], 2, 'Name a command'],
  ])('%j ends with %i and says: %s', async (words, code, sentence) => {
    keep()
    expect(await cli(...words)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(sentence) })
  })

  it('follows no redirect with the token: another host would get it', async () => {
    keep()
    const heard: string[] = []
    const thief = createServer((request, response) => {
      heard.push(request.headers.authorization ?? '')
      response.end('{}')
    }).listen(0, '127.0.0.1')
    const site = createServer((_request, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${(thief.address() as AddressInfo).port}/` }).end()
    }).listen(0, '127.0.0.1')
    await eventually(() => expect([thief.listening, site.listening]).toEqual([true, true]))
    const at = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const ended = await desk.run(['python3', PROGRAM, 'whoami', '--site', at], { BEARER_TOKEN: token })
    expect([ended.code === 0, heard]).toEqual([false, []])
    for (const server of [thief, site]) server.close()
  })

  it('completes its commands in bash', async () => {
    const { stdout } = await desk.run([
      'bash',
      '-c',
      `source <(python3 ${PROGRAM} completion bash); COMP_WORDS=(postern who); COMP_CWORD=1; _postern; echo \${COMPREPLY[@]}`,
    ])
    expect(stdout.trim()).toBe('whoami')
  })
})
