import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { type Identity, identityOf, requireIdentity } from '../../server/client/index.js'

let seen: Identity[] = []
beforeEach(() => {
  seen = []
})

const app = express()
app.get('/unchecked', (asked, response) => void response.json(identityOf(asked)))
app.use(requireIdentity({ realm: 'data.example.org' }))
app.get('/', (asked, response) => {
  seen.push(identityOf(asked))
  response.json(identityOf(asked))
})

const all = {
  'X-Auth-Request-User': 'ada',
  'X-Auth-Request-Email': 'ada@example.org',
  'X-Auth-Request-Service': 'tap',
  'X-Auth-Request-Token': 'gt-key.secret',
}

describe('behind a proxy that checks', () => {
  it('a handler reads who it is', async () => {
    await request(app).get('/').set(all).expect(200)
    expect(seen).toMatchObject([{ username: 'ada', email: 'ada@example.org', service: 'tap', token: 'gt-key.secret' }])
  })

  it('what the proxy leaves empty is not there', async () => {
    const empty = Object.fromEntries(Object.keys(all).map((name) => [name, '']))
    await request(app)
      .get('/')
      .set({ ...empty, 'X-Auth-Request-User': 'ada' })
      .expect(200)
    expect(seen).toEqual([{ username: 'ada' }])
  })

  it('the token is in no log and no JSON of the identity', async () => {
    const { body } = await request(app).get('/').set(all)
    expect(JSON.stringify(body) + inspect(seen)).not.toContain('secret')
  })

  it.each<[string, Record<string, string>]>([
    ['nobody is named', {}],
    ['the name is empty', { 'X-Auth-Request-User': '' }],
    ['only an address is there', { 'X-Auth-Request-Email': 'ada@example.org' }],
    ['the proxy added its name to the client’s', { 'X-Auth-Request-User': 'mallory, ada' }],
    ['the name is none', { 'X-Auth-Request-User': '<bootstrap>' }],
  ])('where %s, it is 401 and the handler does not run', async (_what, headers) => {
    const response = await request(app).get('/').set(headers)
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer realm="data.example.org"'])
    expect(response.body).toEqual({ detail: { msg: 'Authentication required', type: 'no_authorization' } })
    expect(seen).toEqual([])
  })

  it('a handler that forgot to ask gets an error, not a guess', async () => {
    const mute = express().set('env', 'test').use(app)
    const response = await request(mute).get('/unchecked').set(all)
    expect([response.status, response.text]).toEqual([500, expect.stringContaining('put requireIdentity() before')])
  })
})
