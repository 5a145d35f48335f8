import { describe, expect, it } from '@jest/globals'
import { signedIn } from '../../support/clients/visitor.js'
import { useSite } from '../support/site.js'

const { site, someone, sessionsOf } = useSite()

describe('web sessions', () => {
  it('are listed with the current one marked, and each can be revoked', async () => {
    const ada = someone()
    const [here, there] = [await signedIn(site(), ada), await signedIn(site(), ada)]
    const list = (await here.get('/auth/tokens')).text
    expect(list.match(/This session/g)).toHaveLength(1)
    const others = [...list.matchAll(/href="\/auth\/sessions\/([\w-]{22})\/end"/g)].map(([, key]) => key)
    expect(others).toHaveLength(1)
    const question = await here.get(`/auth/sessions/${others[0]}/end`)
    expect([question.status, question.text.includes('has to sign in again')]).toEqual([200, true])
    expect(await sessionsOf(ada)).toHaveLength(2)
    await here.post(`/auth/sessions/${others[0]}/end`)
    expect(await sessionsOf(ada)).toHaveLength(1)
    expect((await there.get('/auth/tokens')).status).toBe(303)
    expect((await here.get('/auth/tokens')).status).toBe(200)
  })

  it('of everywhere else end together', async () => {
    const ada = someone()
    const [here, there] = [await signedIn(site(), ada), await signedIn(site(), ada)]
    expect((await here.get('/auth/sessions/end-others')).text).toContain('Log out everywhere else')
    await here.post('/auth/sessions/end-others')
    expect((await there.get('/auth/tokens')).status).toBe(303)
    expect((await here.get('/auth/tokens')).status).toBe(200)
  })

  it('of another user cannot be revoked', async () => {
    const [ada, mallory] = [someone(), someone()]
    await signedIn(site(), ada)
    const [session] = await sessionsOf(ada)
    const visitor = await signedIn(site(), mallory)
    expect((await visitor.get(`/auth/sessions/${session?.key}/end`)).status).toBe(404)
    expect((await visitor.post(`/auth/sessions/${session?.key}/end`)).status).toBe(404)
    expect(await sessionsOf(ada)).toHaveLength(1)
  })
})
