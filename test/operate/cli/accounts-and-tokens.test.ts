import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { Visitor } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { savePerson } from '../../support/save-person.js'
import { useCommandLine } from './command-line.js'

const { site, run: command } = useCommandLine()

const run = (...args: string[]) => command(args)
const add = (username: string, ...args: string[]) =>
  command(['account', 'add', username, '--password-stdin', ...args], 'a good password\n')
/** All accounts, and the groups with their GIDs and members. */
const accounts = async () => {
  const { account, group, groupMember } = site().context.postgres.prisma
  return Promise.all([account.findMany(), group.findMany(), groupMember.findMany()])
}

describe('postern account', () => {
  it('adds somebody who can sign in at once, with everything that was given', async () => {
    const details = ['--name', 'Ada Lovelace', '--email', 'ada@example.org', '--uid', '4123', '--gid', '4100']
    const added = await add('ada', ...details, '--group', 'users:2000', '--group', 'g_science')
    expect(added).toMatchObject({ code: 0, output: expect.stringContaining('Added ada (UID 4123, GID 4100).') })
    expect((await new Visitor(site()).signIn('ada', 'a good password')).status).toBe(303)
    const listed = await run('account', 'list')
    expect(listed.output).toMatch(
      /^ada +4123 +active +local +g_science:\d+,users:2000 +ada@example.org +Ada Lovelace$/m,
    )
  })

  it('gives UIDs and GIDs of its own choosing, each once, and one GID to a group', async () => {
    await add('uno', '--group', 'crew')
    await add('due', '--group', 'crew')
    const { output } = await run('account', 'list')
    const [uno, due] = ['uno', 'due'].map((name) =>
      new RegExp(`^${name} +(\\d+) .*crew:(\\d+)`, 'm').exec(output)?.slice(1),
    )
    expect(uno?.[0]).not.toBe(due?.[0])
    expect(uno?.[1]).toBe(due?.[1])
  })

  it('takes a group that is named twice as one', async () => {
    const { code, output } = await add('twice', '--group', 'users', '--group', 'users')
    expect([code, output]).toEqual([0, expect.stringContaining('Added twice')])
  })

  it.each([
    ['a name that is taken', ['ada'], 'There is an account of that name already'],
    ['no user name', ['Ada!'], '"Ada!" is no user name'],
    ['a UID that is taken', ['eve', '--uid', '4123'], 'UID 4123 belongs to another account'],
    ['another GID for a group', ['eve', '--group', 'users:9'], 'Group users has GID 2000, not 9'],
    ['the GID of another group', ['eve', '--group', 'others:2000'], 'GID 2000 belongs to group users'],
    ['no e-mail address', ['eve', '--email', 'eve'], '"eve" is no e-mail address'],
    ['no number', ['eve', '--uid', 'many'], 'It must be a whole number'],
    ['no group name', ['eve', '--group', 'a:b:c'], 'It must be NAME or NAME:GID'],
    ['an unknown option', ['eve', '--shell', 'sh'], "unknown option '--shell'"],
  ])('with %s adds nobody and says why', async (_what, args, sentence) => {
    const before = await accounts()
    const { code, output } = await add(...(args as [string, ...string[]]))
    expect(code).toBe(1)
    expect(output).toContain(sentence)
    expect(output).not.toMatch(/\n {4}at /)
    expect(await accounts()).toEqual(before)
  })

  it('takes no password that is too short, and none on the command line', async () => {
    const short = await command(['account', 'add', 'eve', '--password-stdin'], 'short\n')
    expect(short).toMatchObject({ code: 1, output: expect.stringContaining('A password has 8 to 1024 characters') })
    const without = await run('account', 'add', 'eve')
    expect(without).toMatchObject({ code: 1, output: expect.stringContaining('Use --password-stdin') })
  })

  it.each([
    ['add', ['add', 'gen', '--group', 'users']],
    ['passwd', ['passwd', 'gen']],
  ])('%s prints a generated password, which signs in only to choose another', async (_what, args) => {
    const { code, output } = await run('account', ...args, '--generate')
    expect(code).toBe(0)
    const [, password = ''] = /^The password is (\S+)$/m.exec(output) ?? []
    const page = await new Visitor(site()).signIn('gen', password)
    expect(page.text).toContain('Choose a new password')
    expect(String(page.headers['set-cookie'])).not.toContain('=gt-')
  })

  it('takes a password from one place: it is generated or given', async () => {
    const before = await accounts()
    const both = await command(['account', 'add', 'eve', '--generate', '--password-stdin'], 'a good password\n')
    expect(both).toMatchObject({ code: 1, output: expect.stringContaining('cannot be used with') })
    expect(await accounts()).toEqual(before)
  })

  it('changes a password: the old one and its sessions are over, the tokens stay', async () => {
    await add('paul', '--group', 'users')
    const visitor = new Visitor(site())
    await visitor.signIn('paul', 'a good password')
    const token = await site().token('paul')
    const changed = await command(['account', 'passwd', 'paul', '--password-stdin'], 'another password\n')
    expect(changed.output).toContain('sessions revoked: 1')
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
    expect((await new Visitor(site()).signIn('paul', 'a good password')).status).toBe(403)
    expect((await new Visitor(site()).signIn('paul', 'another password')).status).toBe(303)
    expect(
      (
        await request(site().server)
          .get('/ingress/auth')
          .set({ ...ASKED, Authorization: `Bearer ${token}` })
      ).status,
    ).toBe(200)
  })

  it('lists passkeys, and removes those that a user has lost', async () => {
    await add('lou', '--group', 'users')
    const transports = ['internal']
    const passkey = {
      id: 'Y3JlZA',
      username: 'lou',
      publicKey: Buffer.from([1]),
      counter: 0n,
      transports,
      name: 'ring',
    }
    const { prisma } = site().context.postgres
    await prisma.passkey.create({ data: { ...passkey, created: new Date('2026-11-22T09:41:00Z') } })
    expect((await run('account', 'passkeys', 'lou')).output).toMatch(/^ring +2026-11-22 +- +Y3JlZA$/m)
    expect((await new Visitor(site()).signIn('lou', 'a good password')).text).toContain('Use your passkey')
    expect((await run('account', 'passkeys', 'lou', '--remove')).output).toContain('Removed 1 of lou: ring.')
    expect((await new Visitor(site()).signIn('lou', 'a good password')).status).toBe(303)
    expect(await run('account', 'passkeys', 'not-here')).toMatchObject({ code: 1 })
  })

  it('disables somebody: no sign-in, no session, and no token is admitted any more', async () => {
    await add('mel', '--group', 'users')
    const visitor = new Visitor(site())
    await visitor.signIn('mel', 'a good password')
    const token = await site().token('mel')
    const ask = () =>
      request(site().server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    expect((await ask()).status).toBe(200)
    expect((await run('account', 'disable', 'mel')).code).toBe(0)
    expect((await ask()).status).toBe(401)
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
    expect((await new Visitor(site()).signIn('mel', 'a good password')).status).toBe(403)
    expect((await run('account', 'list')).output).toMatch(/^mel +\d+ +disabled /m)
  })

  it('enables somebody again: they sign in, and their tokens are admitted', async () => {
    await add('tab', '--group', 'users')
    const token = await site().token('tab')
    const ask = () =>
      request(site().server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    await run('account', 'disable', 'tab')
    expect((await ask()).status).toBe(401)
    expect((await run('account', 'enable', 'tab')).code).toBe(0)
    expect((await ask()).status).toBe(200)
    expect((await new Visitor(site()).signIn('tab', 'a good password')).status).toBe(303)
  })

  it('disables, enables and lists those for whom a provider vouches, too', async () => {
    const person = { username: 'vera', email: 'vera@example.org', groups: [{ name: 'users', id: 2000 }] }
    await savePerson(site().context, 'institute', person, site().now())
    const line = async () => /^vera .*$/m.exec((await run('account', 'list')).output)?.[0]
    expect(await line()).toMatch(/^vera +- +active +institute +users:2000 +vera@example.org +-$/)
    expect((await run('account', 'disable', 'vera')).code).toBe(0)
    expect(await line()).toMatch(/ disabled /)
    expect((await run('account', 'enable', 'vera')).code).toBe(0)
    expect(await line()).toMatch(/ active /)
  })

  it.each(['passwd', 'disable', 'enable'])('%s of somebody who is not there says so', async (what) => {
    const args = what === 'passwd' ? ['--password-stdin'] : []
    const { code, output } = await command(['account', what, 'nobody', ...args], 'another password\n')
    expect([code, output]).toEqual([1, expect.stringContaining('There is no account of that name')])
  })
})

describe('postern token', () => {
  it('lists tokens and sessions, and never a secret', async () => {
    const token = await site().token('lister', { name: 'topcat' })
    const session = await site().session('lister')
    const { code, output } = await run('token', 'list', 'lister')
    expect(code).toBe(0)
    expect(output).toMatch(new RegExp(`^${token.slice(3, 25)} +user +topcat +read:tap +\\S+Z +never +never$`, 'm'))
    expect(output).toMatch(new RegExp(`^${session.slice(3, 25)} +session `, 'm'))
    for (const each of [token, session]) expect(output).not.toContain(each.slice(26))
  })

  it('revokes one by its key, or by the whole token that leaked, at once', async () => {
    for (const given of [(token: string) => token.slice(3, 25), (token: string) => token]) {
      const token = await site().token('leaker')
      expect((await run('token', 'revoke', given(token))).code).toBe(0)
      const response = await request(site().server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
      expect(response.status).toBe(401)
    }
    const session = await site().session('leaker')
    expect((await run('token', 'revoke', session.slice(3, 25))).output).toContain('Revoked the session token')
    expect(
      (
        await request(site().server)
          .get('/ingress/auth')
          .set({ ...ASKED, Cookie: `postern=${session}` })
      ).status,
    ).toBe(401)
  })

  it.each([
    ['-', 0xf8, 0],
    ['--', 0xfb, 0xe0],
    ['-h', 0xfa, 0x10],
  ])('revokes one whose key begins with %s, as one key in 64 begins with a dash', async (start, ...bytes) => {
    await site().account('dashed')
    const random = (size: number) => Buffer.concat([Buffer.from(bytes), randomBytes(size - bytes.length)])
    const wish = { username: 'dashed', type: 'user' as const, name: `starts ${start}`, scopes: [] }
    const made = await createTokenForUser({ ...site().context, random }, wish, { username: 'dashed' })
    if (made instanceof Refusal) throw new Error(made.message)
    const { key } = made.token
    expect(key.startsWith(start)).toBe(true)
    const { code, output } = await run('token', 'revoke', key, '--reason', '-hAAAAAAAAAAAAAAAAAAAAA')
    expect([code, output]).toEqual([0, `Revoked the user token starts ${start} of dashed.\n`])
    expect((await run('token', 'list', 'dashed')).output).not.toContain(key)
  })

  it.each(['nonsense', 'AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAB', '-hAAAAAAAAAAAAAAAAAAAA'])(
    'has nothing to revoke for %s',
    async (key) => {
      expect(await run('token', 'revoke', key)).toMatchObject({
        code: 1,
        output: expect.stringContaining('There is no token of that key'),
      })
    },
  )
})

it('postern without a command shows what there is', async () => {
  const { output } = await run('--help')
  for (const word of ['account', 'token']) expect(output).toContain(word)
})
