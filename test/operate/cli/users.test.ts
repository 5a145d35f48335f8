import { beforeAll, describe, expect, it } from '@jest/globals'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { putProgram } from '../../../server/programs/load.js'
import { findNameHolder } from '../../../server/storage/postgres/identity/name-holder.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { startArchive } from '../../support/stores/archive.js'
import { useCommandLine } from './command-line.js'

const { site, run: command } = useCommandLine(startArchive)
const run = (...args: string[]) => command(['user', ...args])

const OLD = 'https://old.example.org/realms/sky'
const NEW = 'https://login.example.org/realms/sky'

const comeAs = (username: string, subject: string, issuer = OLD) =>
  saveIdentity(
    site().context,
    { provider: 'sky', issuer, subject },
    { username, groups: [{ name: 'users', id: 9 }] },
    site().now(),
  )
const identityOf = async (username: string) => {
  const holder = await findNameHolder(site().context.postgres.prisma, username)
  return holder?.is === 'person' ? `${holder.identity?.subject} at ${holder.identity?.issuer}` : holder?.is
}
const lastEvent = async () => (await storedEvents(site())).at(-1)

beforeAll(async () => {
  for (const [username, subject] of Object.entries({ ada: '1815', grace: '1906', hedy: '1914' }))
    await comeAs(username, subject)
})

describe('postern user', () => {
  it('show tells of the identity, of refused ones, and of the history', async () => {
    const { code, output } = await run('show', 'ada')
    expect(code).toBe(0)
    expect(output).toContain(`ada belongs to 1815 at ${OLD} of sky.`)
    expect(output).toMatch(/^\S+Z +ada +bind +- +1815 at https:\/\/old/m)
    expect((await run('show', 'no-such-user')).output).toContain('no-such-user belongs to no user.')
  })

  it('rebind binds a name to another identity of its user', async () => {
    const { code, output } = await run('rebind', 'ada', '--subject', '1815-b')
    expect([code, output]).toEqual([0, `ada belongs to 1815-b at ${OLD}; sessions revoked: 0.\n`])
    expect(await identityOf('ada')).toBe(`1815-b at ${OLD}`)
  })

  it('release frees a name, for the next identity that brings it', async () => {
    const { code, output } = await run('release', 'hedy')
    expect([code, output]).toEqual([0, expect.stringMatching(/^hedy is free for the next user .* revoked: 0\.$/m)])
    expect(await identityOf('hedy')).toBeUndefined()
    expect(await comeAs('hedy', '6666')).toBe(true)
  })

  it('confirm makes a user the investigator whom an archive named before', async () => {
    const investigators = [{ kind: 'username', name: 'lise', role: 'pi' }] as const
    await putProgram(
      site().context,
      { id: 'p-1', title: 'Fission', public: false, investigators },
      { username: 'root' },
    )
    await comeAs('lise', '1878')
    const { code, output } = await run('confirm', 'lise')
    expect([code, output]).toEqual([0, 'lise is the investigator whom archives name; programs: 1.\n'])
    expect(await site().context.postgres.prisma.programInvestigator.count({ where: { awaiting: true } })).toBe(0)
  })

  it.each([
    ['release', ['release', 'no-such-user']],
    ['rebind', ['rebind', 'no-such-user', '--subject', '1']],
    ['confirm', ['confirm', 'no-such-user']],
  ])('%s of a name that no user has is refused, with an event', async (_name, args) => {
    expect(await run(...args)).toMatchObject({ code: 1, output: expect.stringContaining('no account of that name') })
    expect(await lastEvent()).toMatchObject({
      event: { action: 'command', reason: 'account_unknown' },
      postern: { object: { id: `user ${args.join(' ')}` } },
    })
  })
})

describe('postern user rebind --issuer OLD NEW', () => {
  it('counts first, and binds all users of the issuer only when told to', async () => {
    const before = await identityOf('grace')
    const preview = await run('rebind', '--issuer', OLD, NEW)
    expect(preview.output).toContain(`Bound to ${OLD}: 4 (ada, grace, hedy, lise).`)
    expect(preview.output).toContain('Nothing was changed.')
    expect(await identityOf('grace')).toBe(before)
    const done = await run('rebind', '--issuer', OLD, NEW, '--yes')
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining(`Bound to ${NEW}: 4.`) })
    expect(await identityOf('grace')).toBe(`1906 at ${NEW}`)
    expect(await run('rebind', '--issuer', OLD, NEW, '--yes')).toMatchObject({
      code: 1,
      output: expect.stringContaining(`No user is bound to ${OLD}`),
    })
  })

  it.each([
    ['one issuer alone', ['--issuer', NEW]],
    ['a new issuer that is no URL', ['--issuer', NEW, 'grace']],
    ['a user name as well', ['grace', '--subject', '1906', '--issuer', NEW, OLD]],
    ['a subject', ['--issuer', NEW, OLD, '--subject', '1']],
  ])('is refused with %s, and binds no user', async (_name, args) => {
    expect(await run('rebind', ...args, '--yes')).toMatchObject({ code: 1, output: expect.stringMatching(/^error: /m) })
    expect(await identityOf('grace')).toBe(`1906 at ${NEW}`)
  })
})
