import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { MAIL_GAP } from '../../../server/core/notices/mail.js'
import { mailNotices } from '../../../server/tokens/notices/mail-notices.js'
import type { SendMail } from '../../../server/tokens/warn-owners.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { startMailSite } from '../../support/mail-site.js'
import type { MailServer } from '../../support/peers/mail-server.js'
import type { RunningPostern } from '../../support/postern.js'

let mail: MailServer
let postern: RunningPostern
let deliver: SendMail
let stop: () => Promise<void>
let nextAddress = 0
let nextUser = 0

beforeAll(async () => {
  ;({ mail, postern, send: deliver, stop } = await startMailSite())
})
afterAll(() => stop())

const someone = () => `owner-${++nextUser}`
const newAddress = () => `192.0.2.${++nextAddress}`
const wrongSecret = (token: string) => `${token.slice(0, 26)}${'A'.repeat(22)}`
const unknown = 'gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'

const send = (token: unknown, address = newAddress()) =>
  request(postern.server).post('/auth/leaked').set('X-Forwarded-For', address).send({ token })
const sendForm = (token: string) =>
  request(postern.server).post('/auth/leaked').set('X-Forwarded-For', newAddress()).type('form').send({ token })

const status = async (token: string) =>
  (await request(postern.server).get('/auth/api/v1/token-info').auth(token, { type: 'bearer' })).status

const eventsAbout = async (token: string) =>
  (await storedEvents(postern)).filter((event) => JSON.stringify(event).includes(token.slice(3, 25)))

const mailsTo = (user: string) => mail.mails.filter(({ to }) => to.includes(`${user}@example.org`))

describe('a whole token that is reported as leaked', () => {
  it.each([
    ['a user token', (user: string) => postern.token(user, { name: 'topcat' })],
    ['a session', (user: string) => postern.session(user)],
  ])('is revoked at once, if it is %s', async (_what, make) => {
    const token = await make(someone())
    expect(await status(token)).toBe(200)
    expect((await send(token)).status).toBe(200)
    expect(await status(token)).toBe(401)
  })

  it('is revoked from the page too, without sign-in and without script', async () => {
    const token = await postern.token(someone())
    const page = await request(postern.server).get('/auth/leaked')
    expect([page.status, page.text.includes('<form method="post" action="/auth/leaked"')]).toEqual([200, true])
    const response = await sendForm(` ${token}\n`)
    expect(response.text).toContain('Thank you.')
    expect(response.text).not.toContain(token.slice(26))
    expect(await status(token)).toBe(401)
  })

  it('is revoked with the tokens that its reader made with it', async () => {
    const token = await postern.token(someone(), { scopes: ['read:tap', 'user:token'] })
    const { username } = (await request(postern.server).get('/auth/api/v1/token-info').auth(token, { type: 'bearer' }))
      .body
    const { body } = await request(postern.server)
      .post(`/auth/api/v1/users/${username}/tokens`)
      .auth(token, { type: 'bearer' })
      .send({ token_name: 'heir', scopes: ['read:tap'] })
    expect(await status(body.token)).toBe(200)
    await send(token)
    expect([await status(token), await status(body.token)]).toEqual([401, 401])
  })

  it('has its owner told by mail, in which the token is not', async () => {
    const ada = someone()
    const token = await postern.token(ada, { name: 'topcat' })
    await mailNotices(postern.context, deliver)
    mail.mails.length = 0
    postern.advance(MAIL_GAP + 1)
    await send(token)
    await mailNotices(postern.context, deliver)
    const [{ text } = { text: '' }] = mailsTo(ada)
    expect(text).toContain('The token topcat was revoked, because a finder reported that it leaked.')
    expect(text).not.toContain('Found at:')
    expect(text).toContain(`https://data.example.org/auth/tokens/${token.slice(3, 25)}`)
    expect(text).not.toContain(token.slice(26))
  })

  it('leaves one audit event for the administrators, with the address of the finder', async () => {
    const ada = someone()
    const token = await postern.token(ada)
    await send(token, '198.51.100.7')
    const events = (await eventsAbout(token)).filter((event) => event.event.action !== 'token.create')
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      event: { action: 'token.leaked' },
      user: { name: '<leaked>', target: { name: ada } },
      source: { ip: '198.51.100.7' },
    })
    expect(postern.logged()).not.toContain(token.slice(26))
  })
})

describe('a report', () => {
  it('is answered alike for a valid token, a wrong secret, an unknown token, and any other text', async () => {
    const token = await postern.token(someone())
    const answers = []
    for (const text of [token, wrongSecret(token), unknown, 'gt-x', '', token]) {
      const { status, body } = await send(text)
      answers.push({ status, body })
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
    const pages = await Promise.all([await postern.token(someone()), unknown, 'x'].map(sendForm))
    expect(new Set(pages.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  })

  it('is answered after the same time, whether or not there was something to revoke', async () => {
    const token = await postern.token(someone())
    for (const text of [unknown, 'x', token]) {
      const begun = performance.now()
      await send(text)
      expect(performance.now() - begun).toBeGreaterThan(240)
    }
  })

  it('of a token with a wrong secret, or of a key alone, revokes nothing and tells no owner', async () => {
    const ada = someone()
    const token = await postern.token(ada)
    for (const text of [wrongSecret(token), token.slice(0, 25), token.slice(3, 25), `${token}x`]) await send(text)
    expect(await status(token)).toBe(200)
    expect((await eventsAbout(token)).map((event) => event.event.action)).toEqual(['token.create'])
    await mailNotices(postern.context, deliver)
    expect(mailsTo(ada).filter(({ text }) => text.includes('revoked'))).toEqual([])
  })

  it('without a token is refused, and its text is not in the answer', async () => {
    const token = await postern.token(someone())
    for (const body of [{ tokens: token }, [token], { token: [token] }]) {
      const response = await request(postern.server)
        .post('/auth/leaked')
        .set('X-Forwarded-For', newAddress())
        .send(body)
      expect(response.status).toBe(422)
      expect(JSON.stringify(response.body)).not.toContain(token.slice(26))
    }
    expect(await status(token)).toBe(200)
  })

  it('beyond twenty a minute from one address is refused, on the page as well, and revokes nothing', async () => {
    const address = newAddress()
    for (let count = 0; count < 20; count++) expect((await send('x', address)).status).toBe(200)
    const token = await postern.token(someone())
    const refused = await send(token, address)
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true])
    const page = await request(postern.server)
      .post('/auth/leaked')
      .set('X-Forwarded-For', address)
      .type('form')
      .send({ token })
    expect([page.status, page.text.includes('Too many reports')]).toEqual([429, true])
    expect(await status(token)).toBe(200)
    await send(token)
    expect(await status(token)).toBe(401)
  })
})
