import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED, startPostern } from '../../support/postern.js'
import { create, TOKEN, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite()

describe('creating a token', () => {
  it('shows it once, with steps for each program, and nowhere ever after', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await create(visitor)
    expect(page.status).toBe(201)
    expect(page.headers['cache-control']).toContain('no-store')
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const admitted = await request(site().server)
      .get('/ingress/auth?scope=read:tap')
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
    expect(admitted.headers['x-auth-request-user']).toBe(ada)
    for (const program of ['TOPCAT', 'STILTS', 'pyVO', 'curl', '.netrc']) expect(page.text).toContain(program)
    expect(page.text).toContain('http://127.0.0.1:8080/tap')
    const [made] = await tokensOf(ada)
    for (const path of [
      '/auth/tokens',
      `/auth/tokens/${made?.key}`,
      `/auth/tokens/${made?.key}/revoke`,
      '/auth/tokens/new',
    ]) {
      const later = await visitor.get(path)
      expect(later.status).toBe(200)
      expect(later.text).not.toMatch(TOKEN)
    }
  })

  it('is not repeated by sending the same form again', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor)
    const again = await create(visitor)
    expect(again.status).toBe(409)
    expect(again.text).not.toMatch(TOKEN)
    expect(again.text).toContain('You already have a token named topcat')
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('shows the typed values again after a mistake, with the error beside the field, and creates nothing', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await create(visitor, {
      name: '<b>x',
      scope: ['read:image'],
      expires: 'at',
      expires_at: '2020-01-01T10:00',
    })
    expect(page.status).toBe(422)
    expect(page.text).toContain('value="&lt;b&gt;x"')
    expect(page.text).toContain('value="2020-01-01T10:00"')
    expect(page.text).toMatch(/value="read:image"[^>]*checked/)
    expect(page.text).not.toMatch(/value="read:tap"[^>]*checked/)
    expect(page.text).toContain('A token must be valid for at least five minutes')
    expect(await tokensOf(ada)).toEqual([])
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ['no name', { name: '  ' }, 'Give the token a name of 1 to 64 characters'],
    ['a scope that the person lacks', { scope: ['admin:token'] }, 'You cannot give a permission'],
    ['an unknown scope', { scope: ['x'] }, 'A permission is unknown at this site'],
    ['no choice of an end', { expires: '' }, 'Choose when the token expires'],
    ['an invented choice of an end', { expires: '9999d' }, 'Choose when the token expires'],
    ['no date', { expires: 'at', expires_at: '' }, 'Enter a date and a time'],
    ['no date that exists', { expires: 'at', expires_at: '2027-13-45T99:00' }, 'Enter a date and a time'],
    ['a date beyond all calendars', { expires: 'at', expires_at: '20000-01-01T00:00' }, 'Enter a date and a time'],
  ])('with %s is refused', async (_what, fields, sentence) => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await create(visitor, fields)
    expect(page.status).toBe(422)
    expect(page.text).toContain(sentence)
    expect(await tokensOf(ada)).toEqual([])
  })

  it('reads a date in the time zone of its author', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor, { expires: 'at', expires_at: '2031-07-01T12:00', tz_offset: '-120' })
    expect((await tokensOf(ada))[0]?.expires).toBe(Date.UTC(2031, 6, 1, 10) / 1000)
  })

  it('reads a date in the zone that its author has chosen, and says so, whatever the browser’s is', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    visitor.agent.set('Cookie', 'postern-reader=..Asia/Tokyo')
    const { text } = await visitor.get('/auth/tokens/new')
    expect(text).toContain('Expires on <span>(your time, Asia/Tokyo)</span>')
    await create(visitor, { expires: 'at', expires_at: '2031-07-01T12:00', tz_offset: '-120' })
    expect((await tokensOf(ada))[0]?.expires).toBe(Date.UTC(2031, 6, 1, 3) / 1000)
  })

  it('tells the mistakes in the order of the fields', async () => {
    const visitor = await signedIn(site(), someone())
    const { text } = await create(visitor, { name: '', expires: 'at', expires_at: '' })
    expect(text).toMatch(/There are 2 problems[\s\S]*Give the token a name[\s\S]*Enter a date and a time[\s\S]*<h1>/)
  })

  it.each([
    ['never', undefined],
    ['7d', 7],
    ['90d', 90],
  ])('until %s', async (expires, days) => {
    const ada = someone()
    await create(await signedIn(site(), ada), { expires })
    const [token] = await tokensOf(ada)
    expect(token?.expires).toBe(days === undefined ? undefined : (token?.created ?? 0) + days * 86_400)
  })

  it('is only filled in by a link: no token is created, and scopes that the user lacks are not offered', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await visitor.get('/auth/tokens/new?name=astroquery&scope=read:tap&scope=admin:token&expires=7d')
    expect(page.text).toContain('value="astroquery"')
    expect(page.text).toMatch(/value="read:tap"[^>]*checked/)
    expect(page.text).not.toContain('value="admin:token"')
    expect(await tokensOf(ada)).toEqual([])
  })

  it('says every mistake at once, a name that is taken among them', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor)
    const wrong = { scope: ['admin:token'], expires: 'at', expires_at: '', networks: 'x', services: 'é' }
    const page = await create(visitor, wrong)
    expect(page.status).toBe(422)
    for (const field of ['name', 'scope-0', 'expires_at', 'networks', 'services']) {
      expect(page.text).toContain(`<li><a href="#${field}">`)
    }
    expect(page.text).toContain('You already have a token named topcat')
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('asks once before it makes a token without permissions', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const asked = await create(visitor, { scope: [] })
    expect(asked.status).toBe(422)
    expect(asked.text).toContain('No permissions chosen: this token can only identify you. Create it anyway?')
    expect(await tokensOf(ada)).toEqual([])
    expect(asked.text).toContain('<input type="hidden" name="anyway" value="yes">')
    expect((await create(visitor, { scope: [], anyway: 'yes' })).status).toBe(201)
    expect((await tokensOf(ada))[0]?.scopes).toEqual([])
  })

  it('offers tomorrow, 23:59, to a user who wants a date', async () => {
    const visitor = await signedIn(site(), someone())
    const tomorrow = new Date((site().now() + 86_400) * 1000).toISOString().slice(0, 10)
    expect((await visitor.get('/auth/tokens/new')).text).toContain(`value="${tomorrow}T23:59" data-tomorrow`)
  })

  it('groups permissions under plain headings, with those of administrators folded away at the end', async () => {
    const visitor = await signedIn(site(), someone(), ['admins'])
    const { text } = await visitor.get('/auth/tokens/new')
    const order = [
      'Read data',
      'Change data',
      'Use services',
      'Tokens and account',
      '<details class="scope-group administrative">',
    ]
    const places = order.map((each) => text.indexOf(each))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
    expect(text.indexOf('value="admin:token"')).toBeGreaterThan(places.at(-1) ?? 0)
  })
})

describe('a link to the form', () => {
  const open = async (query: string, ada = someone()) => {
    const visitor = await signedIn(site(), ada)
    return (await visitor.get(`/auth/tokens/new?${query}`)).text
  }

  it('that cannot be followed in full says what it left out', async () => {
    const page = read(await open('name=astroquery&scope=no:such,admin:token&expires=45d'))
    expect(page).toContain('astroquery suggests these settings.')
    expect(page).toContain('It also asks for admin:token , which you do not have.')
    expect(page).toContain('It also asks for no:such , which this site does not have.')
    expect(page).toContain('It asks for an expiry of 45d , which is not offered here.')
  })

  it('that can be followed has nothing left out', async () => {
    const page = read(await open('name=astroquery&scope=read:tap&expires=7d'))
    expect(page).not.toMatch(/asks for/)
  })

  it('of a template fills in name, permissions and end, with a name that is free, and creates nothing', async () => {
    const ada = someone()
    await create(await signedIn(site(), ada))
    const page = await open('template=topcat', ada)
    expect(page).toContain('name="name" value="topcat-2"')
    expect(page).toMatch(/value="read:tap"[^>]*checked/)
    expect(page).toMatch(/name="expires" value="90d" checked/)
    expect(page).toMatch(/template=topcat" aria-current="true">TOPCAT/)
    expect(read(page)).not.toContain('suggests')
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('to duplicate a token has its permissions, networks and services, and another name', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor, { name: 'nightly', networks: '192.0.2.0/24', services: 'tap' })
    const [token] = await tokensOf(ada)
    const details = (await visitor.get(`/auth/tokens/${token?.key}`)).text
    const [, link = ''] = /href="(\/auth\/tokens\/new\?from=[^"]+)"/.exec(details) ?? []
    const page = (await visitor.get(link.replaceAll('&amp;', '&'))).text
    expect(page).toContain('name="name" value="nightly-2"')
    expect(page).toMatch(/value="read:tap"[^>]*checked/)
    expect(page).toContain('name="networks" value="192.0.2.0/24"')
    expect(page).toContain('name="services" value="tap"')
    expect(read(page)).toContain('These are the settings of nightly.')
  })

  it('names nothing of a token that is another user’s', async () => {
    const ada = someone()
    await create(await signedIn(site(), ada), { name: 'secret-plan', networks: '192.0.2.0/24' })
    const [token] = await tokensOf(ada)
    const page = await open(`from=${token?.key}`)
    expect(page).not.toMatch(/secret-plan|192\.0\.2\.0\/24"/)
  })
})

describe('the templates', () => {
  it('are the site’s own, of which a user sees those that are of use', async () => {
    const templates = [
      { title: 'Sky Survey', name: 'sky', scopes: ['read:image'] },
      { title: 'Rounds', name: 'rounds', scopes: ['exec:admin'] },
    ]
    const other = await startPostern({ settings: { site: { templates } } })
    try {
      const visitor = await signedIn(other, 'ada')
      const { text } = await visitor.get('/auth/tokens/new?template=sky-survey')
      expect(text).toMatch(/template=sky-survey" aria-current="true">Sky Survey/)
      expect(text).toContain('name="name" value="sky"')
      expect(text).not.toMatch(/Rounds|TOPCAT<\/a>/)
    } finally {
      await other.stop()
    }
  })
})
