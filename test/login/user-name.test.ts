import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../server/core/access/refusal.js'
import { parseToken } from '../../server/core/token/token.js'
import { rebindName, releaseName } from '../../server/login/user-name.js'
import { saveIdentity } from '../../server/people/save-identity.js'
import { judgeHolder } from '../../server/programs/access.js'
import { confirmInvestigator } from '../../server/programs/confirm-investigator.js'
import { programsOf } from '../../server/programs/list.js'
import { putProgram } from '../../server/programs/load.js'
import { listIdentityChanges } from '../../server/storage/postgres/identity/history.js'
import { findPersonRow } from '../../server/storage/postgres/people.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { ARCHIVE_SETTINGS, EXCLUSIVE } from '../support/stores/archive.js'
import { tokenOf } from '../support/token-of.js'

const ROOT = { username: 'root1', address: '192.0.2.7' }
const ISSUER = 'https://institute.example'
const institute = (subject: string) => ({ provider: 'institute', issuer: ISSUER, subject })

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: ARCHIVE_SETTINGS })
})
afterAll(() => postern.stop())

const comeAs = (username: string, subject: string, person: { email?: string; emailVerified?: true } = {}) =>
  saveIdentity(
    postern.context,
    institute(subject),
    { username, groups: [{ name: 'users', id: 9 }], ...person },
    postern.now(),
  )

async function isAdmitted(text: string): Promise<boolean> {
  const token = parseToken(text)
  return !(token instanceof Refusal) && (await authenticate(postern.context, token)) !== undefined
}
const sessions = (username: string) => listSessions(postern.context, username, postern.now())
const history = async (username: string) =>
  (await listIdentityChanges(postern.context.postgres.prisma, 10, username)).map(
    ({ action, actor, old, identity }) => ({
      action,
      actor,
      old: old?.subject,
      now: identity?.subject,
    }),
  )

describe('a user name that is released', () => {
  it('goes to the next identity, which inherits no token and no session', async () => {
    await comeAs('ada', '1815')
    const token = await tokenOf(postern, 'ada')
    expect(await isAdmitted(token)).toBe(true)
    expect(await releaseName(postern.context, 'ada', ROOT)).toEqual({ revoked: 2 })
    expect([await isAdmitted(token), await sessions('ada')]).toEqual([false, []])
    expect(await findPersonRow(postern.context.postgres, 'ada')).toBeUndefined()
    expect(await comeAs('ada', '6666')).toBe(true)
    expect(await comeAs('ada', '1815')).toBe(false)
    expect(await history('ada')).toEqual([
      { action: 'bind', actor: 'ada', old: undefined, now: '6666' },
      { action: 'release', actor: 'root1', old: '1815', now: undefined },
      { action: 'bind', actor: 'ada', old: undefined, now: '1815' },
    ])
  })

  it.each(['the operator named no user', 'the name has another owner by now'])('stays when %s', async (why) => {
    await comeAs('emmy', '1882')
    const token = await tokenOf(postern, 'emmy')
    const [username, expected] = why.includes('another') ? ['emmy', institute('1')] : ['nobody-here', undefined]
    expect(await releaseName(postern.context, username, ROOT, expected)).toMatchObject({ code: 'account_unknown' })
    expect(await isAdmitted(token)).toBe(true)
    await releaseName(postern.context, 'emmy', ROOT)
  })
})

describe('a user name that is bound to another identity of its user', () => {
  it('keeps the tokens, ends the sessions, and refuses the former identity', async () => {
    await comeAs('grace', '1906')
    const token = await tokenOf(postern, 'grace')
    const to = institute('new-1906')
    expect(await rebindName(postern.context, 'grace', { to }, ROOT)).toEqual({ sessionsEnded: 1 })
    expect([await isAdmitted(token), await sessions('grace')]).toEqual([true, []])
    expect(await comeAs('grace', '1906')).toBe(false)
    expect(await comeAs('grace', 'new-1906')).toBe(true)
    expect((await history('grace'))[0]).toEqual({ action: 'rebind', actor: 'root1', old: '1906', now: 'new-1906' })
  })

  it('is never that of a local account', async () => {
    await postern.account('local-one')
    const session = await postern.session('local-one')
    const outcome = await rebindName(postern.context, 'local-one', { to: institute('6666') }, ROOT)
    expect(outcome).toMatchObject({ code: 'account_unknown' })
    expect([await isAdmitted(session), await history('local-one')]).toEqual([true, []])
  })
})

describe('S16j: an investigator named before anyone has the user name', () => {
  const program = (id: string, title: string, more: { kind: 'email'; name: string; role: 'pi' }[] = []) => ({
    id,
    title,
    public: false,
    investigators: [{ kind: 'username' as const, name: 'hedy', role: 'pi' as const }, ...more],
  })
  const roles = async (username: string) =>
    (await programsOf(postern.context, { username, scopes: [] })).map(({ program: { id }, standing }) => [id, standing])

  it('is not the first to come, whatever is loaded later; an administrator confirms', async () => {
    await putProgram(postern.context, program('p-1', 'Frequency hopping'), ROOT)
    await comeAs('hedy', '6666')
    expect(await roles('hedy')).toEqual([])
    await putProgram(postern.context, program('p-1', 'Another title'), ROOT)
    await putProgram(postern.context, program('p-2', 'A second program'), ROOT)
    expect(await roles('hedy')).toEqual([])
    const holder = { username: 'hedy', scopes: [EXCLUSIVE] }
    expect(await judgeHolder(postern.context, holder, ['p-1'])).toMatchObject({ code: 'exclusive_access' })
    expect(await confirmInvestigator(postern.context, 'hedy', ROOT)).toEqual({ programs: 2 })
    expect(await judgeHolder(postern.context, holder, ['p-1'])).toEqual(['p-1'])
    expect(await roles('hedy')).toEqual([
      ['p-1', 'pi'],
      ['p-2', 'pi'],
    ])
    await putProgram(postern.context, program('p-3', 'Named after the confirmation'), ROOT)
    expect(await roles('hedy')).toHaveLength(3)
  })

  it('is the user whose verified address the archive has', async () => {
    const byAddress = { kind: 'email' as const, name: 'lise@example.org', role: 'pi' as const }
    await putProgram(
      postern.context,
      { ...program('p-4', 'Fission'), investigators: [byAddress, { kind: 'username', name: 'lise', role: 'pi' }] },
      ROOT,
    )
    await comeAs('lise', '6666', { email: 'lise@example.org' })
    expect(await roles('lise')).toEqual([])
    await comeAs('lise', '6666', { email: 'lise@example.org', emailVerified: true })
    expect(await roles('lise')).toEqual([['p-4', 'pi']])
  })

  it('has to be confirmed again when the name has another owner', async () => {
    await comeAs('rosalind', '1920')
    const named = {
      ...program('p-5', 'Photo 51'),
      investigators: [{ kind: 'username' as const, name: 'rosalind', role: 'pi' as const }],
    }
    await putProgram(postern.context, named, ROOT)
    expect(await roles('rosalind')).toEqual([['p-5', 'pi']])
    await releaseName(postern.context, 'rosalind', ROOT)
    await comeAs('rosalind', '6666')
    expect(await roles('rosalind')).toEqual([])
  })
})
