import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { MOST_NOTICES, type NoticeFacts } from '../../../server/core/notices/notice.js'
import { parseToken, type Token } from '../../../server/core/token/token.js'
import { startSession } from '../../../server/login/start-session.js'
import { releaseName } from '../../../server/login/user-name.js'
import type { Context } from '../../../server/storage/context.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { UsageRecorder } from '../../../server/tokens/usage-recorder.js'
import { keyOf, useOffice } from '../../pages/support/office.js'
import { create, TOKEN } from '../../pages/support/site.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { savePerson } from '../../support/save-person.js'

// Days go by, in one session of the administrator.
const office = useOffice({ adminSessionIdleLifetime: 'off', reauthenticateWithin: { administrators: 'off' } })
const { site, someone } = office

const noticesOf = async (username: string) =>
  (await site().context.postgres.prisma.notice.findMany({ where: { username }, orderBy: { id: 'asc' } })).map(
    ({ kind, token, facts }) => ({ kind, token, facts: facts as unknown as NoticeFacts }),
  )

/** What the Security Tokens page says of notices. */
async function listOf(visitor: Visitor): Promise<string> {
  const { text } = await visitor.get('/auth/tokens')
  return read(/<section aria-labelledby="notices">.*?<\/section>/s.exec(text)?.[0] ?? '')
}

async function use(token: string, address: string, client: string): Promise<void> {
  await request(site().server)
    .get('/ingress/auth')
    .set({ ...ASKED, Authorization: `Bearer ${token}`, 'X-Forwarded-For': address, 'User-Agent': client })
  site().advance(1)
}

/** Signs out, and in again with the same browser. */
async function signInAgain(visitor: Visitor, username: string): Promise<void> {
  await visitor.get('/logout')
  await visitor.post('/logout')
  expect((await visitor.signIn(username)).status).toBe(303)
}
const flush = () => site().context.usage.flush(site().context)

describe('the owner of a token reads on the Security Tokens page', () => {
  it('that it was created, from where and with which browser, and nothing of its secret', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    expect(await listOf(visitor)).toBe('')
    visitor.agent.set({ 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0', 'X-Forwarded-For': '192.0.2.7' })
    const [token = ''] = TOKEN.exec((await create(visitor)).text) ?? []
    const list = await listOf(visitor)
    expect(list).toContain('The token topcat was created.')
    expect(list).toContain('From 192.0.2.7 · With Firefox on Linux')
    expect(JSON.stringify(await noticesOf(ada))).not.toContain(token.slice(26))
  })

  it('by which token it was created', async () => {
    const ada = someone()
    const token = await site().token(ada, { name: 'maker', scopes: ['user:token'] })
    await request(site().server)
      .post(`/auth/api/v1/users/${ada}/tokens`)
      .set({ Authorization: `Bearer ${token}`, 'User-Agent': 'python-requests/2' })
      .send({ token_name: 'heir' })
    expect(await listOf(await signedIn(site(), ada))).toMatch(
      new RegExp(`The token heir was created\\. .*With python-requests/2 · By the token ${keyOf(token)}`),
    )
  })

  it('that it was used from a new network or with a new program, after its first use', async () => {
    const ada = someone()
    const token = await site().token(ada, { name: 'cron' })
    const visitor = await signedIn(site(), ada)
    await visitor.get('/auth/tokens')
    await use(token, '192.0.2.7', 'curl/8.5')
    await flush()
    await use(token, '192.0.2.9', 'curl/8.6')
    site().advance(86_400)
    await use(token, '192.0.2.7', 'curl/8.5')
    await flush()
    expect((await noticesOf(ada)).filter(({ kind }) => kind === 'tokenUsed')).toEqual([])
    await use(token, '198.51.100.1', 'curl/8.5')
    await use(token, '192.0.2.7', 'wget/1.21')
    // The check itself writes nothing.
    expect((await noticesOf(ada)).filter(({ kind }) => kind === 'tokenUsed')).toEqual([])
    await flush()
    await use(token, '198.51.100.1', 'curl/8.5')
    await flush()
    const list = await listOf(visitor)
    expect(list).toContain('The token cron was used from a new network.')
    expect(list).toContain('From 198.51.100.1 · With curl/8.5')
    expect(list).toContain('The token cron was used with a new program.')
    expect((await noticesOf(ada)).filter(({ kind }) => kind === 'tokenUsed')).toHaveLength(2)
  })

  it('that an administrator revoked it, with the reason and no name of the administrator', async () => {
    const { username, key } = await office.busyPerson()
    const page = await office.admin().get(`/auth/admin/users/${username}/tokens/${key}/revoke`)
    expect(page.text).toContain('name="reason"')
    await office.admin().post(`/auth/admin/users/${username}/tokens/${key}/revoke`, { reason: ' It was in a paper ' })
    const list = await listOf(await signedIn(site(), username))
    expect(list).toContain('The token topcat was revoked by an administrator.')
    expect(list).toContain('Reason: It was in a paper')
    expect(list).not.toContain('root-admin')
    const { rows } = await site().context.postgres.pool.query(
      "SELECT event::json->'postern'->>'reason' AS reason FROM audit_event WHERE action = 'token.revoke' AND event LIKE $1",
      [`%${key}%`],
    )
    expect(rows).toEqual([{ reason: 'It was in a paper' }])
  })

  it('why an administrator revoked everything, by page or by API', async () => {
    const [one, other] = [await office.busyPerson(), await office.busyPerson()]
    await office.admin().get(`/auth/admin/users/${one.username}/revoke-all`)
    await office.admin().post(`/auth/admin/users/${one.username}/revoke-all`, { reason: 'An incident' })
    const admin = await site().token('root-admin', { scopes: ['admin:token'] })
    await request(site().server)
      .delete(`/auth/api/v1/users/${other.username}/tokens?reason=An+incident`)
      .set('Authorization', `Bearer ${admin}`)
    for (const { username } of [one, other]) {
      const revoked = (await noticesOf(username)).filter(({ kind }) => kind === 'tokenRevoked')
      expect(revoked.map(({ facts }) => facts.type).sort()).toEqual(['session', 'user'])
      expect(revoked.map(({ facts }) => facts.reason)).toEqual(['An incident', 'An incident'])
    }
  })

  it('that a new browser signed in, and nothing of one that they have signed in with before', async () => {
    const ada = someone()
    const known = await signedIn(site(), ada)
    const signIns = async () => (await noticesOf(ada)).filter(({ kind }) => kind === 'signIn').length
    known.agent.set({ 'User-Agent': 'Updated/2', 'X-Forwarded-For': '203.0.113.7' })
    await signInAgain(known, ada)
    expect(await signIns()).toBe(0)
    const visitor = new Visitor(site())
    visitor.agent.set('User-Agent', 'Mozilla/5.0 (Windows NT 10.0) Chrome/120.0')
    await visitor.signIn(ada)
    expect(await listOf(visitor)).toMatch(/A new browser signed in to your account\. .*With Chrome on Windows/)
    await signInAgain(visitor, ada)
    expect(await signIns()).toBe(1)
  })

  it('that a browser signed in that is known to others alone, or whose mark is forged or half a year old', async () => {
    const [ada, mallory] = [someone(), someone()]
    await signedIn(site(), ada)
    const others = await signedIn(site(), mallory)
    await signInAgain(others, ada)
    const forged = new Visitor(site())
    forged.agent.jar.setCookie('postern-device=eyJhbGciOiJub25lIn0.e30.; path=/login')
    expect((await forged.signIn(ada)).status).toBe(303)
    const signIns = async (user: string) => (await noticesOf(user)).filter(({ kind }) => kind === 'signIn').length
    expect([await signIns(ada), await signIns(mallory)]).toEqual([2, 0])
    // Both share the browser from now on.
    await signInAgain(others, mallory)
    await signInAgain(others, ada)
    expect([await signIns(ada), await signIns(mallory)]).toEqual([2, 0])
    site().advance(181 * 86_400)
    await signInAgain(others, ada)
    expect(await signIns(ada)).toBe(3)
  })
})

describe('a use that two processes see', () => {
  it('makes one notice, and its entry of the log none without it', async () => {
    const ada = someone()
    const token = await site().token(ada)
    const record = await authenticate(site().context, parseToken(token) as Token)
    if (!record) throw new Error('the token is not valid')
    const flushFrom = async (address: string, context: Context = site().context) => {
      const usage = new UsageRecorder(20)
      usage.record(record, site().now(), address, 'curl')
      await usage.flush(context)
    }
    const usedNotices = async () => (await noticesOf(ada)).filter(({ kind }) => kind === 'tokenUsed')
    const placesInLog = () => site().context.postgres.prisma.tokenUse.count({ where: { token: record.key } })
    await flushFrom('192.0.2.7')
    await Promise.all(Array.from({ length: 4 }, () => flushFrom('198.51.100.1')))
    expect([await usedNotices(), await placesInLog()]).toMatchObject([[{ kind: 'tokenUsed' }], 2])
    const { settings } = site().context
    const failing = {
      ...site().context,
      settings: {
        ...settings,
        get notices(): never {
          throw new Error('failed')
        },
      },
    }
    await expect(flushFrom('203.0.113.1', failing)).rejects.toThrow('failed')
    expect(await placesInLog()).toBe(2)
  })
})

describe('a user name that is released', () => {
  it('leaves its next owner no notice, and the first sign-in is the first one again', async () => {
    const ada = someone()
    await savePerson(site().context, 'institute', { username: ada, groups: [{ name: 'users', id: 1 }] }, site().now())
    const wanted = { username: ada, type: 'user' as const, name: 'topcat', scopes: [] }
    await createTokenForUser(site().context, wanted, { username: '<bootstrap>' })
    await startSession(site().context, { username: ada, groups: [{ name: 'users', id: 1 }] }, { address: '192.0.2.7' })
    const { prisma } = site().context.postgres
    const firsts = () => prisma.firstSignIn.count({ where: { username: ada } })
    expect([(await noticesOf(ada)).length, await firsts()]).toEqual([1, 1])
    await releaseName(site().context, ada, { username: '<operator>' })
    expect([await noticesOf(ada), await firsts()]).toEqual([[], 0])
  })
})

describe('a notice', () => {
  const made = async (username: string, count: number) => {
    for (let index = 0; index < count; index++) {
      const wanted = { username, type: 'user' as const, name: `token ${index}`, scopes: [] }
      await createTokenForUser(site().context, wanted, { username: '<bootstrap>' })
    }
  }

  it('stays until its owner dismisses it, by a form without script', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await made(ada, 3)
    expect(await listOf(visitor)).toContain('The token token 1 was created by an administrator.')
    const { text } = await visitor.get('/auth/tokens')
    const ids = [...text.matchAll(/name="notice" value="(\d+)"/g)].map(([, id = '']) => id)
    await visitor.post('/auth/notices/dismiss', { notice: ids[1] ?? '' })
    const list = await listOf(visitor)
    expect(['token 0', 'token 1', 'token 2'].map((name) => list.includes(name))).toEqual([true, false, true])
    // One that comes after the page was shown is not dismissed unseen.
    const wanted = { username: ada, type: 'user' as const, name: 'later', scopes: [] }
    await createTokenForUser(site().context, wanted, { username: '<bootstrap>' })
    await visitor.post('/auth/notices/dismiss', { newest: ids[0] ?? '' })
    const left = await listOf(visitor)
    expect([left.includes('later'), left.includes('token 0'), left.includes('token 2')]).toEqual([true, false, false])
  })

  it('is shown to and dismissed by its owner alone, and not by another site', async () => {
    const [ada, mallory] = [someone(), someone()]
    const [owner, other] = [await signedIn(site(), ada), await signedIn(site(), mallory)]
    await made(ada, 1)
    const { text } = await owner.get('/auth/tokens')
    const [, id = ''] = /name="notice" value="(\d+)"/.exec(text) ?? []
    expect(await listOf(other)).toBe('')
    await other.post('/auth/notices/dismiss', { notice: id })
    await other.post('/auth/notices/dismiss', { newest: '999999999' })
    expect((await owner.post('/auth/notices/dismiss', { notice: id, csrf: 'guessed' })).status).toBe(403)
    expect(await listOf(owner)).toContain('token 0')
  })

  it('is one of a bounded number: older ones are counted', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await made(ada, MOST_NOTICES + 3)
    const list = await listOf(visitor)
    expect(list.match(/was created/g)).toHaveLength(MOST_NOTICES)
    expect(list).toContain('And 3 older notices, since')
    const { text } = await visitor.get('/auth/tokens')
    const [, newest = ''] = /name="newest" value="(\d+)"/.exec(text) ?? []
    await visitor.post('/auth/notices/dismiss', { newest })
    expect(await listOf(visitor)).toBe('')
  })

  it('is not made where the token was not', async () => {
    const ada = someone()
    await site().account(ada)
    await made(ada, 1)
    const before = await noticesOf(ada)
    await made(ada, 1)
    expect(await noticesOf(ada)).toEqual(before)
  })
})
