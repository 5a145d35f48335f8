import { describe, expect, it } from '@jest/globals'
import { keyOf, useOffice } from '../support/office.js'
import { TOKEN } from '../support/site.js'

const office = useOffice()
const { ask, changes } = office

describe('service tokens', () => {
  const create = async (fields: Record<string, string | string[]>) => {
    await office.admin().get('/auth/admin/service-tokens/new')
    return office.admin().post('/auth/admin/service-tokens', { scope: ['read:tap'], expires: '30d', ...fields })
  }

  it('are shown once, work, and are listed with all others, newest first', async () => {
    await create({ username: 'bot-old' })
    office.site().advance(60)
    const page = await create({ username: ' Bot-New ', email: 'team@example.org' })
    expect(page.status).toBe(201)
    expect(page.headers['cache-control']).toContain('no-store')
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const admitted = await ask(token, 'scope=read:tap')
    expect(admitted.headers['x-auth-request-user']).toBe('bot-new')
    expect(admitted.headers['x-auth-request-email']).toBe('team@example.org')
    expect(page.text).toContain('Anyone who has it can act as bot-new.')
    expect(page.text).not.toContain('id="use-topcat"')
    const list = (await office.admin().get('/auth/admin/service-tokens')).text
    expect(list).not.toMatch(TOKEN)
    expect(list.indexOf('>bot-new<')).toBeGreaterThan(0)
    expect(list.indexOf('>bot-old<')).toBeGreaterThan(list.indexOf('>bot-new<'))
    expect((await changes({ key: keyOf(token) }))[0]).toMatchObject({ action: 'create', actor: 'root-admin' })
  })

  it('may be given any scope of the site', async () => {
    const form = await office.admin().get('/auth/admin/service-tokens/new')
    for (const scope of office.site().context.settings.knownScopes.keys())
      expect(form.text).toContain(`value="${scope}"`)
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ["a person's name", { username: 'ada' }, 'Give a name that begins with bot-'],
    ['no name', { username: '' }, 'Give a name that begins with bot-'],
    ['a name that is too long', { username: `bot-${'x'.repeat(61)}` }, 'Give a name that begins with bot-'],
    ['an unknown scope', { scope: ['x'] }, 'A permission is unknown at this site'],
    ['no choice of an end', { expires: '' }, 'Choose when the token expires'],
    ['an end in the past', { expires: 'at', expires_at: '2020-01-01T00:00' }, 'at least five minutes'],
    ['no address of e-mail', { email: 'team' }, 'Give an address such as team@example.org'],
  ])('with %s are refused beside the field, and not made', async (_what, fields, sentence) => {
    const before = await changes()
    const page = await create({ username: 'bot-wrong', ...fields })
    expect(page.status).toBe(422)
    expect(page.text.split(sentence)).toHaveLength(3)
    expect(await changes()).toEqual(before)
  })
})
