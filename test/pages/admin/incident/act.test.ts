import { describe, expect, it } from '@jest/globals'
import { isoTime } from '../../../../server/core/time.js'
import type { ActId } from '../../../../server/core/token/act.js'
import type { TokenKey } from '../../../../server/core/token/token.js'
import { carryOn, carryOnAll } from '../../../../server/login/incident/carry-on.js'
import { findIncident } from '../../../../server/storage/postgres/incident/acts.js'
import { mailNotices } from '../../../../server/tokens/notices/mail-notices.js'
import { read } from '../../../support/clients/page-text.js'
import { keyOf, useOffice } from '../../support/office.js'

// The jobs do not run here: what is queued is mailed by a test itself.
const office = useOffice({ smtpUrl: 'smtp://127.0.0.1:9', mailFrom: 'Example <noreply@example.org>' })
const { someone, ask, tokensOf, changes, busyPerson } = office
const PAGE = '/auth/admin/revoke'

/** The act form of a page, as a browser would send it. */
function formOf(html: string): Record<string, string> {
  const form = html.slice(html.lastIndexOf('<form method="post"'))
  const inputs = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, value]))
}

/** Looks at what a filter selects, and fills in the form below it. */
async function look(query: string): Promise<Record<string, string>> {
  const { csrf: _, ...fields } = formOf((await office.admin().get(`${PAGE}?${query}`)).text)
  return { ...fields, act: 'revoke', reason: 'Laptop stolen' }
}

const send = (fields: Record<string, string>) => office.admin().post(PAGE, fields)
const sure = (fields: Record<string, string>) => send({ ...fields, sure: 'yes' })

/** Names of so many tokens that were put into the table. */
async function manyTokens(username: string, count: number, mark: string): Promise<void> {
  await office.site().account(username)
  await office.site().context.postgres.pool.query(
    `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
     SELECT $2 || lpad(i::text, 20, '0') || 'A', '\\x00', 'user', $1, i::text, '{}', $4::timestamptz FROM generate_series(1, $3) i`,
    [username, mark, count, isoTime(office.site().now())],
  )
}

/** Nothing was done: neither is anything revoked nor an act begun. */
async function nothingDone(username: string, tokens: number) {
  expect((await tokensOf(username)).length).toBe(tokens)
  expect((await changes({ username })).filter(({ action }) => action === 'revoke')).toEqual([])
  expect(
    await office.site().context.postgres.prisma.incident.count({ where: { filter: { contains: username } } }),
  ).toBe(0)
}

describe('an act on the tokens of an incident', () => {
  it('asks once more, then ends exactly what was previewed as one act with its reason, and says so', async () => {
    const { username, token, session } = await busyPerson()
    const bystander = await busyPerson()
    const fields = await look(`user=${username}`)
    const question = await send(fields)
    expect(read(question.text)).toContain('Revoke 2 tokens and sessions for good?')
    await nothingDone(username, 3)
    const done = await sure(fields)
    expect(done.status).toBe(303)
    for (const each of [token, session]) expect((await ask(each)).status).toBe(401)
    expect((await ask(bystander.token)).status).toBe(200)
    const page = read((await office.admin().get(done.headers.location ?? '')).text)
    expect(page).toContain('1 web session 1 user token 1 notebook token')
    expect(page).toContain('Laptop stolen')
    const ends = (await changes({ username })).filter(({ action }) => action === 'revoke')
    expect(ends).toHaveLength(3)
    const act = done.headers.location?.split('/').at(-1)
    for (const end of ends) expect(end).toMatchObject({ actor: 'root-admin', act, reason: 'Laptop stolen' })
  })

  it('without a reason does nothing', async () => {
    const { username } = await busyPerson()
    for (const reason of ['', '   ']) {
      const refused = await sure({ ...(await look(`user=${username}`)), reason })
      expect(refused.status).toBe(422)
      expect(read(refused.text)).toContain('Give a reason')
    }
    await nothingDone(username, 3)
  })

  it('on a set that has grown or shrunk meanwhile does nothing, and asks again with the new numbers', async () => {
    const { username, token } = await busyPerson()
    const fields = await look(`user=${username}`)
    await office.site().token(username)
    const grown = await sure(fields)
    expect(grown.status).toBe(422)
    expect(read(grown.text)).toContain('there were 2, now there are 3. Nothing was done.')
    await nothingDone(username, 4)
    await office.site().revoke(token)
    expect((await sure({ ...fields, ...formOf(grown.text), reason: 'x' })).status).toBe(422)
    expect(await tokensOf(username)).toHaveLength(3)
  })

  it('on a set that keeps changing ends what fits by then, once the administrator accepts that', async () => {
    const { username } = await busyPerson()
    const fields = await look(`user=${username}`)
    await office.site().token(username)
    expect((await sure({ ...fields, 'as-it-is': 'yes' })).status).toBe(303)
    expect(await tokensOf(username)).toEqual([])
  })

  it('says what fits the filter afterwards: the tokens that a thief made meanwhile', async () => {
    const { username } = await busyPerson()
    const done = await sure(await look(`user=${username}`))
    expect(read((await office.admin().get(done.headers.location ?? '')).text)).not.toContain('fits the filter now')
    for (let count = 0; count < 3; count++) await office.site().token(username)
    expect(read((await office.admin().get(done.headers.location ?? '')).text)).toContain('3 more fit the filter now.')
  })

  it('on a hundred tokens or more needs their number, typed', async () => {
    const username = someone()
    await manyTokens(username, 120, 'N')
    const fields = await look(`user=${username}`)
    for (const number of ['', '12', '119']) expect((await sure({ ...fields, number })).status).toBe(422)
    // A form that claims fewer does not get by.
    expect((await sure({ ...fields, count: '1', number: '1' })).status).toBe(422)
    await nothingDone(username, 120)
    expect((await sure({ ...fields, number: '120' })).status).toBe(303)
    expect(await tokensOf(username)).toEqual([])
  })

  it('on an empty filter does nothing, whatever it claims', async () => {
    const { username } = await busyPerson()
    expect((await sure({ act: 'revoke', reason: 'x', seen: '', count: '0', 'as-it-is': 'yes' })).status).toBe(422)
    await nothingDone(username, 3)
  })

  it('signs the people out and disables their accounts where that is asked, but never the own one', async () => {
    const { username, session, token } = await busyPerson()
    await office.site().account(username)
    const key = (await tokensOf(username)).find(({ type }) => type === 'user')?.key
    const fields = await look(`key=${key}`)
    await sure({ ...fields, 'sign-out': 'yes', disable: 'yes' })
    for (const each of [token, session]) expect((await ask(each)).status).not.toBe(200)
    const { prisma } = office.site().context.postgres
    expect((await prisma.account.findUnique({ where: { username } }))?.disabled).not.toBeNull()

    const own = await office.site().token('root-admin', { name: 'leaked' })
    const act = await sure({ ...(await look(`key=${keyOf(own)}`)), 'sign-out': 'yes', disable: 'yes' })
    expect(act.headers.location).toContain('/auth/admin/acts/')
    expect((await office.admin().get(PAGE)).status).toBe(200)
    expect((await prisma.account.findUnique({ where: { username: 'root-admin' } }))?.disabled ?? null).toBeNull()
  })

  it('tells each owner, with the reason, and has no secret in it', async () => {
    const { username, token } = await busyPerson()
    await sure({ ...(await look(`user=${username}`)), reason: `leaked: ${token}` })
    const notices = await office
      .site()
      .context.postgres.prisma.notice.findMany({ where: { username, kind: 'tokenRevoked' } })
    expect(notices).toHaveLength(2)
    expect(JSON.stringify(notices.map(({ facts }) => facts))).toContain('leaked')
    const stored = await office.site().context.postgres.prisma.incident.findMany()
    expect(
      JSON.stringify([notices, stored], (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain(token.slice(26))
  })

  it('is one mail to each owner, of all that ended, with the reason', async () => {
    const [one, other] = [someone(), someone()]
    for (const username of [one, one, one, other]) {
      await office
        .site()
        .account(username)
        .catch(() => undefined)
      await office.site().token(username)
    }
    await sure({ ...(await look(`user=${one}+${other}&type=user`)), reason: 'Ticket 812' })
    const mails: { to: string; text: string }[] = []
    const { context } = office.site()
    await mailNotices(context, async (mail) => void mails.push(mail))
    for (const username of [one, other]) {
      const own = mails.filter(({ to }) => to === `${username}@example.org`)
      expect(own).toHaveLength(1)
      expect(own[0]?.text).toContain('Ticket 812')
    }
  })

  it('of 1,000 tokens that is killed in between goes on where it was, and ends each once', async () => {
    const username = someone()
    await manyTokens(username, 1000, 'M')
    const { context } = office.site()
    const selected = (await tokensOf(username)).map(({ key }) => key)
    const id = 'CCCCCCCCCCCCCCCCCCCCCC' as ActId
    await context.postgres.prisma.incident.create({
      data: {
        ...{ id, kind: 'revoke', at: new Date(office.site().now() * 1000), actor: { username: 'root-admin' } },
        ...{ reason: 'x', filter: `user=${username}`, disabled: [], signedOut: [], tokens: selected, people: 1 },
      },
    })
    await carryOn(context, id, 1)
    expect(await tokensOf(username)).toHaveLength(500)
    expect(read((await office.admin().get(`/auth/admin/acts/${id}`)).text)).toContain('500 of 1,000 steps are done')
    // Two processes at once: the job, and an administrator who does not wait.
    await Promise.all([carryOnAll(context), carryOn(context, id)])
    expect(await tokensOf(username)).toEqual([])
    const ends = (await changes({ username })).filter(({ action }) => action === 'revoke')
    expect(new Set(ends.map(({ token }) => token)).size).toBe(1000)
    expect(ends).toHaveLength(1000)
    expect(await findIncident(context.postgres.prisma, id)).toMatchObject({ done: 1000, finished: expect.any(Number) })
  })

  it('that is unknown is answered as a page that is not there', async () => {
    for (const id of ['AAAAAAAAAAAAAAAAAAAAAB', 'x']) {
      expect((await office.admin().get(`/auth/admin/acts/${id}`)).status).toBe(404)
      expect((await office.admin().post(`/auth/admin/acts/${id}`)).status).toBe(404)
    }
  })

  it('suspends at once what was previewed, and that can be undone until a day is over', async () => {
    const { username, token, session } = await busyPerson()
    const fields = { ...(await look(`user=${username}&heirs=yes`)), act: 'suspend' }
    const done = await send(fields)
    expect(done.status).toBe(303)
    for (const each of [token, session]) expect((await ask(each)).status).toBe(401)
    const address = done.headers.location ?? ''
    const { text } = await office.admin().get(address)
    expect(text).toContain(`/auth/admin/audit?act=${address.split('/').at(-1)}`)
    const page = read(text)
    expect(page).toContain('2 tokens are suspended')
    expect(page).toContain('1 web session 1 user token')
    expect(page).not.toContain('fits the filter now')
    expect((await office.admin().post(`${address}/lift`)).status).toBe(303)
    for (const each of [token, session]) expect((await ask(each)).status).toBe(200)
    expect(read((await office.admin().get(address)).text)).toContain('None of them is suspended any more')
    expect((await office.admin().post(`${address}/lift`)).status).toBe(404)
  })

  it('that suspends has the tokens that were created with them in what is looked at, or asks again', async () => {
    const { username, key } = await busyPerson()
    const heir = await office.site().token(username)
    await office.site().context.postgres.pool.query('UPDATE token SET makers = $2 WHERE key = $1', [keyOf(heir), [key]])
    const refused = await send({ ...(await look(`key=${key}`)), act: 'suspend' })
    expect(refused.status).toBe(422)
    expect(read(refused.text)).toContain('there were 1, now there are 2')
    expect((await ask(heir)).status).toBe(200)
    const again = { ...formOf(refused.text), act: 'suspend', reason: 'leaked' }
    expect((await send(again)).status).toBe(303)
    expect((await ask(heir)).status).toBe(401)
  })

  it('ends sessions before it ends tokens', async () => {
    const { username } = await busyPerson()
    const fields = await look(`user=${username}`)
    await sure(fields)
    const [act] = await office
      .site()
      .context.postgres.prisma.incident.findMany({ where: { filter: `user=${username}` } })
    const types = new Map((await changes({ username })).map(({ token, tokenType }) => [token, tokenType]))
    expect(act?.tokens.map((key) => types.get(key as TokenKey))).toEqual(['session', 'user'])
  })
})
