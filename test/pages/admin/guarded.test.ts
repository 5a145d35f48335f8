import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../../support/clients/visitor.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const { someone, tokensOf, changes, busyPerson } = office

/** A page without the line that only paper has: it says when it was printed. */
const withoutDate = (html: string) => html.replace(/<p class="only-printed">.*<\/p>/, '')

describe('a user who is no administrator', () => {
  // biome-ignore format: a table reads in columns
  const pages: [string, string, (username: string, key: string) => string][] = [
    ['GET',  'the search',                  () => '/auth/admin'],
    ['GET',  'a former search',             (username) => `/auth/admin?user=${username}`],
    ['GET',  'a search',                    (username) => `/auth/admin/search?q=${username}`],
    ['POST', 'a search',                    () => '/auth/admin/search'],
    ['GET',  'a token',                     (_username, key) => `/auth/admin/tokens/${key}`],
    ['GET',  'a user',                      (username) => `/auth/admin/users/${username}`],
    ['GET',  'a user who is not there',     () => '/auth/admin/users/nobody'],
    ['GET',  'a malformed address',         () => '/auth/admin/users/%E0%A4%A'],
    ['GET',  'the question about a token',  (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['POST', 'the end of a token',          (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['GET',  'the question about a suspension', (username, key) => `/auth/admin/users/${username}/tokens/${key}/suspend`],
    ['POST', 'a suspension',            (username, key) => `/auth/admin/users/${username}/tokens/${key}/suspend`],
    ['POST', 'a lifting',               (username, key) => `/auth/admin/users/${username}/tokens/${key}/lift`],
    ['GET',  'the question about all',      (username) => `/auth/admin/users/${username}/revoke-all`],
    ['POST', 'the end of all',              (username) => `/auth/admin/users/${username}/revoke-all`],
    ['GET',  'the filter of an incident',   (username) => `/auth/admin/revoke?user=${username}`],
    ['GET',  'an incident as a file',       (username) => `/auth/admin/revoke.csv?user=${username}`],
    ['POST', 'a filter of an incident',     () => '/auth/admin/revoke/find'],
    ['POST', 'an act on an incident',       () => '/auth/admin/revoke'],
    ['GET',  'an act that is under way',    () => '/auth/admin/acts/AAAAAAAAAAAAAAAAAAAAAA'],
    ['POST', 'the lifting of an act',       () => '/auth/admin/acts/AAAAAAAAAAAAAAAAAAAAAA/lift'],
    ['POST', 'an act that goes on',         () => '/auth/admin/acts/AAAAAAAAAAAAAAAAAAAAAA'],
    ['GET',  'the service tokens',          () => '/auth/admin/service-tokens'],
    ['GET',  'the form for another',        () => '/auth/admin/service-tokens/new'],
    ['POST', 'a new service token',         () => '/auth/admin/service-tokens'],
    ['GET',  'the change history',          () => '/auth/admin/history'],
    ['GET',  'the history as a file',      () => '/auth/admin/history.csv'],
    ['POST', 'a search of the history',    () => '/auth/admin/history'],
    ['GET',  'the audit trail',            () => '/auth/admin/audit'],
    ['GET',  'the audit trail as a file',  () => '/auth/admin/audit.json'],
    ['POST', 'a search of the trail',      () => '/auth/admin/audit'],
    ['GET',  'an audit event',             () => `/auth/admin/audit/${'a'.repeat(32)}`],
    ['GET',  'a mistake in the history',    () => '/auth/admin/history?user=!'],
    ['OPTIONS', 'what may be done there',   () => '/auth/admin/service-tokens'],
  ]
  const fields = { username: 'bot-forged', scope: ['admin:token'], expires: 'never' }

  /** Callers who are no administrator, a user whom they would look at, and what each gets of an address that is not there. */
  async function prepare(method: string) {
    const { username, key, token } = await busyPerson()
    const visitor = await signedIn(office.site(), username)
    const power = await office.site().token('root-admin', { scopes: ['admin:token'] })
    // biome-ignore format: a table reads in columns
    const callers: [string, Record<string, string>][] = [
      ['nobody',                            {}],
      ['a token',                           { Authorization: `Bearer ${token}` }],
      ["an administrator's token",          { Authorization: `Bearer ${power}` }],
      ["an administrator's token, as cookie", { Cookie: `postern=${power}` }],
    ]
    const agents = [
      ...callers.map(([, headers]) => (address: string) => {
        const sent = request(office.site().server)[verb(method)](address).set(headers)
        return method === 'POST' ? sent.type('form').send({ ...fields, csrf: office.admin().csrf }) : sent
      }),
      ...[visitor.csrf, office.admin().csrf].map((csrf) => (address: string) => {
        const sent = visitor.agent[verb(method)](address)
        return method === 'POST' ? sent.type('form').send({ ...fields, csrf }) : sent
      }),
    ]
    const nowhere = await Promise.all(agents.map(async (send) => withoutDate((await send('/auth/admin/nowhere')).text)))
    return { username, key, agents: agents.map((send, index) => ({ send, nowhere: nowhere[index] })) }
  }
  // Once for a method: no page changes what the next one finds.
  const prepared = new Map<string, ReturnType<typeof prepare>>()

  it.each(pages)('learns nothing by %s of %s, and changes nothing', async (method, _what, path) => {
    const preparing = prepared.get(method) ?? prepare(method)
    prepared.set(method, preparing)
    const { username, key, agents } = await preparing
    const before = [await tokensOf(username), await changes()]
    for (const { send, nowhere } of agents) {
      const answer = await send(path(username, key))
      expect(answer.status).toBe(404)
      // Not a word in it differs from the answer for an address beside it that does not exist.
      expect(withoutDate(answer.text)).toBe(nowhere)
      expect(answer.headers.allow).toBeUndefined()
    }
    expect([await tokensOf(username), await changes()]).toEqual(before)
  })

  it('is shown no way there', async () => {
    const visitor = await signedIn(office.site(), someone())
    expect((await visitor.get('/auth/tokens')).text).not.toMatch(/admin/i)
    expect((await office.admin().get('/auth/tokens')).text).toContain('<a href="/auth/admin">Administration</a>')
  })
})

describe('every form of an administrator', () => {
  const forms: [string, (username: string, key: string) => string][] = [
    ['revoke a token', (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['revoke everything', (username) => `/auth/admin/users/${username}/revoke-all`],
    ['create a service token', () => '/auth/admin/service-tokens'],
  ]

  it.each(forms)('to %s does nothing without the CSRF token of this very session', async (_what, path) => {
    const { username, key } = await busyPerson()
    const other = await signedIn(office.site(), 'root-admin')
    const before = [await tokensOf(username), await changes()]
    for (const csrf of ['', 'x', other.csrf, ['a', 'b']]) {
      const fields = { username: 'bot-forged', scope: 'admin:token', expires: 'never', csrf }
      const answer = await office.admin().agent.post(path(username, key)).type('form').send(fields)
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('This form belongs to an earlier session.')
    }
    expect([await tokensOf(username), await changes()]).toEqual(before)
  })
})

describe('the pages for administrators', () => {
  it('carry a strict policy, and no script or style of their own', async () => {
    for (const path of ['', '/users/root-admin', '/service-tokens', '/service-tokens/new', '/history']) {
      const page = await office.admin().get(`/auth/admin${path}`)
      expect(page.status).toBe(200)
      expect(page.headers['content-security-policy']).toContain("default-src 'none'")
      expect(page.headers['cache-control']).toContain('no-store')
      expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i)
    }
  })
})

function verb(method: string): 'get' | 'post' | 'options' {
  return method === 'GET' ? 'get' : method === 'POST' ? 'post' : 'options'
}
