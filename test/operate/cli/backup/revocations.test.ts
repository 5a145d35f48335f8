import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { Scope } from '../../../../server/core/token/scope.js'
import { Secret } from '../../../../server/core/token/secret.js'
import { disableAccount } from '../../../../server/login/account-status.js'
import { changePassword } from '../../../../server/login/change-password.js'
import { removePasskeys } from '../../../../server/login/passkeys/remove-passkey.js'
import { editUserToken } from '../../../../server/tokens/edit.js'
import { eventually } from '../../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../../support/postern.js'
import { runIn, useCommandLine } from '../command-line.js'
import { backupFolder, check, emptySite, keyOf, newFolder, serveOn } from './support.js'

const journal = path.join(newFolder(), 'journal')
const line = useCommandLine((options) => startPostern({ ...options, settings: { audit: { journal } } }))
const ACTOR = { username: 'root1' }
const stops: (() => Promise<void>)[] = []

let tokens: Record<'kept' | 'revoked' | 'narrowed' | 'disabled' | 'session' | 'notebook' | 'evas', string>
let folder: string
/** The log of the site, until a password was changed. */
let log: string

const notebookOf = async (site: RunningPostern, session: string) => {
  const asked = request(site.server).get('/ingress/auth?scope=read:tap&notebook=true').set(ASKED)
  const { headers } = await asked.set('Authorization', `Bearer ${session}`)
  return headers['x-auth-request-token'] ?? ''
}

beforeAll(async () => {
  const site = line.site()
  const { context } = site
  const kept = await site.session('ada')
  tokens = {
    kept,
    revoked: await site.token('ada', { name: 'revoked' }),
    narrowed: await site.token('ada', { name: 'narrowed', scopes: ['read:image', 'read:tap'] }),
    disabled: await site.token('dora'),
    session: await site.session('bert'),
    notebook: '',
    evas: await site.token('eva'),
  }
  const passkey = { id: 'PK', username: 'ada', publicKey: Buffer.alloc(8), counter: 0n, transports: [], name: 'phone' }
  await context.postgres.prisma.passkey.create({ data: { ...passkey, created: new Date() } })
  folder = backupFolder()
  const environment = { ...line.environment(), POSTERN_AUDIT: JSON.stringify({ journal }) }
  expect(await runIn(environment, ['backup', folder])).toMatchObject({ code: 0 })

  // A notebook token that the backup does not have is derived again from the session, with the same secret.
  tokens.notebook = await notebookOf(site, tokens.kept)
  for (const token of [tokens.revoked, tokens.session, tokens.notebook]) await site.revoke(token)
  const become = () => ({ name: 'narrowed', scopes: ['read:image' as Scope] })
  await editUserToken(context, {
    username: 'ada',
    key: keyOf(tokens.narrowed),
    become,
    rule: () => [],
    actor: ACTOR,
  })
  await disableAccount(context, 'dora', ACTOR)
  await removePasskeys(context, { username: 'ada', id: 'PK' }, ACTOR)
  log = path.join(newFolder(), 'log')
  writeFileSync(log, site.logged())
  await changePassword(context, 'eva', { password: new Secret('another horse battery staple') }, ACTOR)
})
afterAll(async () => {
  for (const stop of stops) await stop()
})

/** Restores into an empty site, and serves it. */
async function restored(...args: readonly string[]) {
  const target = await emptySite(line.environment())
  const ended = await runIn(target, ['restore', folder, ...args])
  const site = await serveOn(target)
  stops.push(() => site.stop())
  return { ...ended, target, site }
}

/** What was taken away after the backup is refused; the rest is admitted. */
async function expectTakenAway(site: RunningPostern): Promise<void> {
  await eventually(async () => expect(await check(site, tokens.kept)).toBe(200))
  const gone = [tokens.revoked, tokens.session, tokens.notebook, tokens.disabled]
  expect(await Promise.all(gone.map((token) => check(site, token)))).toEqual([401, 401, 401, 401])
  expect(await check(site, tokens.narrowed)).toBe(403)
  expect(await notebookOf(site, tokens.kept)).not.toBe(tokens.notebook)
  expect(await check(site, tokens.notebook)).toBe(401)
  const { prisma } = site.context.postgres
  expect(await prisma.passkey.count()).toBe(0)
  expect((await prisma.account.findUnique({ where: { username: 'dora' } }))?.disabled).not.toBeNull()
}

describe('postern restore --revocations', () => {
  it('takes away again what the log says, and opens the site', async () => {
    const { code, output, site } = await restored('--revocations', log)
    expect([code, output]).toEqual([0, expect.stringContaining('Taken away again: 6.')])
    await expectTakenAway(site)
    expect(await check(site, tokens.evas)).toBe(200)
  })

  it('takes away again what the log says when the restore is confirmed by it', async () => {
    const { target, site } = await restored()
    const confirmed = await runIn(target, ['restore', 'confirm', '--revocations', log])
    expect(confirmed).toMatchObject({ code: 0, output: expect.stringContaining('Taken away again: 6.') })
    await expectTakenAway(site)
  })

  it('takes it away by the journal, disables users whose password was changed, and leaves the rest to an operator', async () => {
    const { code, output, target, site } = await restored('--revocations', journal)
    expect([code, output]).toEqual([1, expect.stringContaining('postern account passwd eva')])
    expect(await check(site, tokens.kept)).toBe(503)
    expect(await runIn(target, ['restore', 'confirm', '--accept'])).toMatchObject({ code: 0 })
    await expectTakenAway(site)
    expect(await check(site, tokens.evas)).toBe(401)
  })

  it('leaves the site locked when the log begins after the backup', async () => {
    const late = path.join(newFolder(), 'late')
    writeFileSync(
      late,
      readFileSync(journal, 'utf8')
        .trimEnd()
        .split('\n')
        .slice(-1)
        .join('')
        .replace(/"@timestamp":"[^"]*"/, '"@timestamp":"2099-01-01T00:00:00Z"'),
    )
    const { code, output, site } = await restored('--revocations', late)
    expect([code, output]).toEqual([1, expect.stringContaining('begins at 2099-01-01T00:00:00Z, after the backup')])
    expect(await check(site, tokens.kept)).toBe(503)
  })

  it('takes nothing from a log that cannot be read, and leaves the site locked', async () => {
    const { code, output, site } = await restored('--revocations', '/nowhere')
    expect([code, output]).toEqual([1, expect.stringContaining('/nowhere cannot be read (ENOENT).')])
    expect(await check(site, tokens.kept)).toBe(503)
    expect(await site.context.postgres.prisma.token.count({ where: { name: 'revoked' } })).toBe(1)
  })
})

describe('the journal of revocations', () => {
  it('has no act that gives but the marks of a backup, and is readable by its owner alone', () => {
    const actions = readFileSync(journal, 'utf8')
      .trimEnd()
      .split('\n')
      .map((each) => (JSON.parse(each) as { event: { action: string } }).event.action)
    expect(actions[0]).toBe('backup.create')
    expect(actions).toContain('account.password')
    expect(actions.filter((action) => action === 'token.create' || action === 'sign-in')).toEqual([])
  })

  it('does not hold a revocation back when it cannot be written, and raises an alarm', async () => {
    const site = await startPostern({ settings: { audit: { journal: '/nowhere/journal' } } })
    stops.push(() => site.stop())
    const token = await site.token('ada')
    await site.revoke(token)
    expect(await check(site, token)).toBe(401)
    expect(site.logged()).toContain('Revocation journal not written')
  })
})
