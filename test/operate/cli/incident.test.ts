import { beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, PASSWORD } from '../../support/postern.js'
import { useCommandLine } from './command-line.js'

const { site, run: command } = useCommandLine()
beforeAll(() => site().account('ada'))

const run = (...args: string[]) => command(args)

describe('postern lockdown', () => {
  it('closes a running server to all but emergency accounts, until it is lifted', async () => {
    const added = ['account', 'add', 'glass', '--emergency', '--group', 'users', '--password-stdin']
    expect((await command(added, `${PASSWORD}\n`)).code).toBe(0)
    expect((await run('account', 'list')).output).toMatch(/^glass +\d+ +emergency /m)
    expect((await run('account', 'list')).output).toMatch(/^ada +\d+ +active /m)
    const signIn = async (username: string) => (await new Visitor(site()).signIn(username)).status
    expect(await run('lockdown', 'status')).toEqual({ code: 0, output: 'The site is not locked down.\n' })
    expect(await run('lockdown', 'on', '--reason', 'A break-in')).toMatchObject({ code: 0 })
    expect((await run('lockdown', 'status')).output).toMatch(/^The site is locked down since 20\S+Z: A break-in$/m)
    expect([await signIn('ada'), await signIn('glass')]).toEqual([403, 303])
    expect((await run('lockdown', 'on')).output).toContain('was locked down already')
    expect((await run('lockdown', 'off')).output).toMatch(/^The lockdown since 20\S+Z is over.$/m)
    expect([await signIn('ada'), (await run('lockdown', 'off')).output]).toEqual([
      303,
      'The site was not locked down.\n',
    ])
  })
})

describe('postern revoke', () => {
  it('counts first, and revokes for all users only when told to', async () => {
    const tokens = [await site().session('ada'), await site().token('ada'), await site().token('grace')]
    const check = async (token: string) =>
      (
        await request(site().server)
          .get('/ingress/auth?scope=read:tap')
          .set(ASKED)
          .set('Authorization', `Bearer ${token}`)
      ).status
    const statuses = () => Promise.all(tokens.map(check))
    const preview = await run('revoke', '--before', 'now', '--all')
    expect([preview.code, preview.output]).toEqual([
      0,
      expect.stringMatching(/user tokens +2\n[\s\S]*Nothing was revoked/),
    ])
    expect(await statuses()).toEqual([200, 200, 200])
    const done = await run('revoke', '--before', 'now', '--all', '--yes')
    expect([done.code, done.output]).toEqual([0, expect.stringMatching(/^Revoked \d+ sessions and 2 tokens\.$/m)])
    await eventually(async () => !(await statuses()).includes(200))
    expect(await statuses()).toEqual([401, 401, 401])
  })

  it.each([
    ['without --all', ['--before', 'now']],
    ['without a time', ['--all']],
    ['with a time that is none', ['--before', 'yesterday', '--all', '--yes']],
    ['with a time to come', ['--before', '2999-01-01', '--all', '--yes']],
  ])('is refused %s, and revokes nothing', async (_why, args) => {
    const token = await site().token('ada')
    expect((await run('revoke', ...args)).code).toBe(1)
    await site().revoke(token)
  })
})

describe('postern doctor', () => {
  it('shows the stores, the emergency accounts and a lockdown, which it warns of', async () => {
    const added = ['account', 'add', 'axe', '--emergency', '--group', 'users', '--password-stdin']
    expect((await command(added, `${PASSWORD}\n`)).code).toBe(0)
    const sound = await run('doctor')
    expect(sound).toMatchObject({ code: 0, output: expect.stringMatching(/^ok +PostgreSQL +\d+\.\d+.*own$/m) })
    expect(sound.output).toMatch(/^ok +Redis +(?:redis|valkey) \d+\.\d+/m)
    expect(sound.output).toMatch(/^ok +Emergency accounts +.*axe/m)
    await run('lockdown', 'on', '--reason', 'A break-in')
    const locked = await run('doctor')
    await run('lockdown', 'off')
    expect(locked).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^WARNING +Lockdown +on since .*A break-in$/m),
    })
  })
})
