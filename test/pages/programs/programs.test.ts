import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'
import { load, startArchive } from '../../support/stores/archive.js'

let postern: RunningPostern
let ada: Visitor
let grace: Visitor
let mallory: Visitor
let root: Visitor
let next = 0

beforeAll(async () => {
  postern = await startArchive()
  ada = await signedIn(postern, 'ada')
  grace = await signedIn(postern, 'grace')
  mallory = await signedIn(postern, 'mallory')
  root = await signedIn(postern, 'root', ['admins', 'users'])
})
afterAll(() => postern.stop())

/** A program of which Ada is the principal investigator and Grace another. */
async function someProgram(facts: object = { public: false }): Promise<string> {
  const id = `P-${++next}`
  const investigators = [
    { username: 'ada', role: 'pi' },
    { email: 'grace@example.org', role: 'co-i' },
  ]
  await load(postern, { id, title: `Field <${next}>`, investigators, ...facts })
  return id
}
const granted = async (id: string) =>
  (await postern.context.postgres.prisma.programGrant.findMany({ where: { program: id } })).map(({ email }) => email)

describe('the menu', () => {
  it('leads to programs only for those who are investigators', async () => {
    await someProgram()
    const link = 'href="/auth/programs"'
    for (const visitor of [ada, grace]) expect((await visitor.get('/auth/tokens')).text).toContain(link)
    for (const visitor of [mallory, root]) expect((await visitor.get('/auth/tokens')).text).not.toContain(link)
  })
})

describe('the list of a user’s programs', () => {
  it('has those that the user investigates, and those with a grant to them, and no others', async () => {
    const mine = await someProgram()
    const theirs = `P-${++next}`
    const strange = `P-${++next}`
    await load(postern, { id: theirs, public: false, investigators: [{ username: 'mallory', role: 'pi' }] })
    await load(postern, { id: strange, public: false })
    await mallory.get(`/auth/programs/${theirs}`)
    await mallory.post(`/auth/programs/${theirs}/grants`, { email: 'ada@example.org' })
    const { text } = await ada.get('/auth/programs')
    expect(text).toContain(`href="/auth/programs/${mine}"`)
    expect(text).toContain(`>${theirs}<`)
    expect(text).not.toContain(`href="/auth/programs/${theirs}"`)
    expect(text).not.toContain(strange)
  })

  it('explains to a user without programs where programs come from', async () => {
    const newcomer = await signedIn(postern, 'newcomer')
    expect((await newcomer.get('/auth/programs')).text).toContain('You have no programs yet')
  })

  it('needs a signed-in user', async () => {
    const { status, headers } = await new Visitor(postern).get('/auth/programs')
    expect([status, headers.location]).toEqual([303, expect.stringContaining('/login?rd=')])
  })
})

describe('the page of a program', () => {
  it('lets the principal investigator give access, says so, and keeps it on record', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    const sent = await ada.post(`/auth/programs/${id}/grants`, { email: ' Later@Example.org ' })
    expect([sent.status, sent.headers.location]).toEqual([303, `/auth/programs/${id}?done`])
    const { text } = await ada.get(`/auth/programs/${id}?done`)
    expect(text).toContain('later@example.org now has access.')
    expect(text).toContain('Pending')
    expect(text).toContain('You gave <strong>later@example.org</strong> access.')
    await ada.post(`/auth/programs/${id}/grants`, { email: 'mallory@example.org' })
    expect((await ada.get(`/auth/programs/${id}`)).text.match(/Pending/g)).toHaveLength(1)
  })

  it('names those with access whose account here has a name', async () => {
    const id = await someProgram()
    const { pool } = postern.context.postgres
    await pool.query("UPDATE account SET name = 'Grace Hopper' WHERE username = 'grace'")
    await pool.query("UPDATE account SET name = 'Mallory Grant' WHERE username = 'mallory'")
    await ada.get(`/auth/programs/${id}`)
    for (const email of ['mallory@example.org', 'later@example.org'])
      await ada.post(`/auth/programs/${id}/grants`, { email })
    const text = read((await ada.get(`/auth/programs/${id}`)).text)
    expect(text).toContain('Grace Hopper (grace@example.org) Investigator')
    expect(text).toContain('Mallory Grant mallory@example.org Added by')
    expect(text).toContain('later@example.org Pending')
  })

  it('takes access back', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    await ada.post(`/auth/programs/${id}/grants/remove`, { email: 'eve@example.org' })
    expect(await granted(id)).toEqual([])
    expect((await ada.get(`/auth/programs/${id}?done`)).text).toContain('eve@example.org no longer has access.')
    expect((await ada.post(`/auth/programs/${id}/grants/remove`, { email: 'eve@example.org' })).status).toBe(404)
  })

  it.each([
    ['what is no address', 'eve', 422, 'Enter a valid e-mail address'],
    ['nothing', '', 422, 'Enter a valid e-mail address'],
    ['an address that has access', 'kept@example.org', 409, 'kept@example.org already has access'],
  ])('keeps %s in the form and says what is wrong with it', async (_what, email, status, message) => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'kept@example.org' })
    const response = await ada.post(`/auth/programs/${id}/grants`, { email })
    expect(response.status).toBe(status)
    expect(response.text).toContain(message)
    expect(response.text).toMatch(new RegExp(`<textarea id="email"[^>]*>${email}</textarea>`))
    expect(await granted(id)).toEqual(['kept@example.org'])
  })

  it('gives several addresses access at once, and tells what each has now', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'old@example.org' })
    postern.advance(5)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'a@example.org\r\n B@example.org; old@example.org\r\n' })
    expect((await granted(id)).sort()).toEqual(['a@example.org', 'b@example.org', 'old@example.org'])
    expect((await ada.get(`/auth/programs/${id}?done`)).text).toContain('a@example.org, b@example.org now have access.')
  })

  it('gives none of several addresses access where one is wrong, and names that one', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    const response = await ada.post(`/auth/programs/${id}/grants`, { email: 'a@example.org\nb@@example.org' })
    expect([response.status, await granted(id)]).toEqual([422, []])
    expect(response.text).toContain('b@@example.org is not a valid e-mail address')
  })

  it('gives none of several addresses access where there is room for fewer', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    const known = { program: id, grantedBy: 'ada', granted: new Date() }
    const data = Array.from({ length: 999 }, (_each, index) => ({ ...known, email: `p${index}@example.org` }))
    await postern.context.postgres.prisma.programGrant.createMany({ data })
    const response = await ada.post(`/auth/programs/${id}/grants`, { email: 'a@example.org\nb@example.org' })
    expect([response.status, (await granted(id)).length]).toEqual([409, 999])
  })

  it('asks before it takes access away, and gives it back with one button', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    const question = await ada.get(`/auth/programs/${id}/grants/remove?email=eve@example.org`)
    expect(question.text).toContain('Remove <strong>eve@example.org</strong>')
    expect(await granted(id)).toEqual(['eve@example.org'])
    await ada.post(`/auth/programs/${id}/grants/remove`, { email: 'eve@example.org' })
    expect((await ada.get(`/auth/programs/${id}?done`)).text).toMatch(/value="eve@example.org">\s*<button[^>]*>Undo/)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    expect(await granted(id)).toEqual(['eve@example.org'])
  })

  it('shows investigators by their names, and what a colleague sees of it', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    const seen = (await ada.get(`/auth/programs/${id}/as-colleague`)).text
    expect(seen).toContain('Shared with you')
    expect(seen).not.toContain('eve@example.org')
    for (const path of ['as-colleague', 'grants/remove?email=eve@example.org']) {
      expect((await mallory.get(`/auth/programs/${id}/${path}`)).status).toBe(404)
    }
  })

  it('is shown to other investigators, who change nothing', async () => {
    const id = await someProgram()
    const { text } = await grace.get(`/auth/programs/${id}`)
    expect(text).toContain('A principal investigator can change who has access.')
    expect(text).not.toContain('name="email"')
    expect((await grace.post(`/auth/programs/${id}/grants`, { email: 'x@example.org' })).status).toBe(403)
    expect(await granted(id)).toEqual([])
  })

  it('is not found for other users, by any request', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    await ada.post(`/auth/programs/${id}/grants`, { email: 'kept@example.org' })
    for (const path of [id, 'unknown', '%2e%2e', 'from_url']) {
      expect((await mallory.get(`/auth/programs/${path}`)).status).toBe(404)
    }
    expect((await mallory.post(`/auth/programs/${id}/grants`, { email: 'mallory@example.org' })).status).toBe(404)
    expect((await mallory.post(`/auth/programs/${id}/grants/remove`, { email: 'kept@example.org' })).status).toBe(404)
    expect(await granted(id)).toEqual(['kept@example.org'])
  })

  it('is changed from its own form only', async () => {
    const id = await someProgram()
    await ada.get(`/auth/programs/${id}`)
    for (const csrf of ['', 'forged']) {
      expect((await ada.post(`/auth/programs/${id}/grants`, { email: 'x@example.org', csrf })).status).toBe(403)
    }
    expect(await granted(id)).toEqual([])
  })

  it('says of public data that every user has access', async () => {
    const id = await someProgram({ period_end: postern.now() })
    expect((await ada.get(`/auth/programs/${id}`)).text).toContain('These data are public; this list has no effect.')
  })
})

describe('the administrators’ search', () => {
  it('finds programs by identifier and title, and leads to a page on which they may do the same', async () => {
    const id = await someProgram()
    const { text } = await root.get(`/auth/admin/programs?program=${encodeURIComponent(`FIELD <${next}`)}`)
    expect(text).toContain(`href="/auth/programs/${id}"`)
    expect((await root.get(`/auth/programs/${id}`)).text).toContain('href="/auth/admin/programs"')
    await root.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    expect(await granted(id)).toEqual(['eve@example.org'])
    expect((await root.get('/auth/admin/programs?program=%25')).text).toContain('No program matches')
  })

  it('is the only administration page for program administrators', async () => {
    const id = await someProgram()
    const staff = await signedIn(postern, 'staff', ['archive-staff', 'users'])
    expect((await staff.get('/auth/tokens')).text).toContain('href="/auth/admin/programs"')
    const { text } = await staff.get(`/auth/admin/programs?program=${id}`)
    expect(text).toContain(`href="/auth/programs/${id}"`)
    for (const other of ['', '/service-tokens', '/history', '/identities', '/lockdown', '/review', '/users/ada']) {
      expect((await staff.get(`/auth/admin${other}`)).status).toBe(404)
      expect(text).not.toContain(`href="/auth/admin${other}"`)
    }
    await staff.get(`/auth/programs/${id}`)
    await staff.post(`/auth/programs/${id}/grants`, { email: 'eve@example.org' })
    expect(await granted(id)).toEqual(['eve@example.org'])
  })

  it('is not there for others', async () => {
    expect((await ada.get('/auth/admin/programs')).status).toBe(404)
  })
})
