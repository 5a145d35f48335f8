import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { keyOf, useOffice } from '../support/office.js'
import { create } from '../support/site.js'

const office = useOffice()
const { site, someone, tokensOf } = office

/** Somebody with a token that has made another by the API. */
async function personWithHeir() {
  const username = someone()
  const token = await site().token(username, { name: 'stolen', scopes: ['user:token'] })
  const made = await request(site().server)
    .post(`/auth/api/v1/users/${username}/tokens`)
    .set('Authorization', `Bearer ${token}`)
    .send({ token_name: 'heir' })
  return { username, key: keyOf(token), heir: keyOf(made.body.token) }
}
const namesOf = async (username: string) =>
  (await tokensOf(username)).filter(({ type }) => type === 'user').map(({ name }) => name)

describe('S7: revoking a token on its page', () => {
  it('offers to revoke what was created with it, and says on the page of the heir what it came from', async () => {
    const { username, key, heir } = await personWithHeir()
    const visitor = await signedIn(site(), username)
    expect(read((await visitor.get(`/auth/tokens/${heir}`)).text)).toContain(`Created with token ${key}`)
    const question = await visitor.get(`/auth/tokens/${key}/revoke`)
    expect(read(question.text)).toContain('Also revoke what was created with it: heir')
    expect((await visitor.get(`/auth/tokens/${heir}/revoke`)).text).not.toContain('name="heirs"')
    await visitor.post(`/auth/tokens/${key}/revoke`, { heirs: 'yes' })
    expect(await namesOf(username)).toEqual([])
  })

  it('leaves what was created with it when the box is not ticked', async () => {
    const { username, key } = await personWithHeir()
    const visitor = await signedIn(site(), username)
    await visitor.post(`/auth/tokens/${key}/revoke`)
    expect(await namesOf(username)).toEqual(['heir'])
  })

  it('is the same for administrators', async () => {
    const { username, key } = await personWithHeir()
    const address = `/auth/admin/users/${username}/tokens/${key}/revoke`
    expect(read((await office.admin().get(address)).text)).toContain('Also revoke what was created with it: heir')
    const done = await office.admin().post(address, { heirs: 'yes' })
    expect((await office.admin().get(done.headers.location ?? '')).text).toContain('stolen was revoked.')
    expect(await namesOf(username)).toEqual([])
  })
})

describe('S8: the tokens to review', () => {
  it('are the granted and the endless ones', async () => {
    const [granted, plain] = [someone(), someone()]
    await site().account(granted)
    const wanted = { username: granted, type: 'user' as const, name: 'x', scopes: [], expires: site().now() + 1000 }
    await createTokenForUser(site().context, wanted, { username: '<bootstrap>' })
    const visitor = await signedIn(site(), plain)
    await visitor.get('/auth/tokens/new')
    await create(visitor, { name: 'endless', expires: 'never' })
    const [of, endless] = (await office.admin().get('/auth/admin/review')).text.split('Never expiring')
    expect([of?.includes(granted), endless?.includes(granted)]).toEqual([true, false])
    expect([of?.includes(plain), endless?.includes(plain)]).toEqual([false, true])
  })

  it('are for no one but administrators: to others the page does not exist', async () => {
    expect((await (await signedIn(site(), someone())).get('/auth/admin/review')).status).toBe(404)
  })
})
