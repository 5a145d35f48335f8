import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ReadFlusher } from '../../../server/programs/read-flusher.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'
import { EXCLUSIVE, load, startArchive } from '../../support/stores/archive.js'

let postern: RunningPostern
let ada: Visitor
let grace: Visitor
let eve: Visitor
let root: Visitor
let other: Visitor

beforeAll(async () => {
  postern = await startArchive()
  ada = await signedIn(postern, 'ada')
  grace = await signedIn(postern, 'grace')
  eve = await signedIn(postern, 'eve')
  other = await signedIn(postern, 'other')
  root = await signedIn(postern, 'root', ['admins', 'users'])
  await load(
    postern,
    {
      id: 'P-1',
      public: false,
      investigators: [
        { username: 'ada', role: 'pi' },
        { email: 'grace@example.org', role: 'co-i' },
      ],
    },
    { id: 'P-2', public: false, investigators: [{ username: 'other', role: 'pi' }] },
  )
  await ada.get('/auth/programs/P-1')
  for (const email of ['eve@example.org', 'gone@example.org']) await ada.post('/auth/programs/P-1/grants', { email })
  await signedIn(postern, 'gone')
  for (const [username, file, times] of [
    ['ada', '/data/P-1/a.fits', 1],
    ['eve', '/data/P-1/secret-name.fits', 41],
    ['gone', '/data/P-1/b.fits', 2],
  ] as const) {
    const token = await postern.token(username, { scopes: [EXCLUSIVE] })
    for (let time = 0; time < times; time++) await check(token, file)
  }
  await ada.post('/auth/programs/P-1/grants/remove', { email: 'gone@example.org' })
  await new ReadFlusher(postern.context).flush(postern.context)
})
afterAll(() => postern.stop())

async function check(token: string, path: string): Promise<void> {
  const { status } = await fetch(`${postern.url}/ingress/auth?program=from_url`, {
    headers: {
      'X-Original-URL': `https://data.example.org${path}`,
      'X-Original-Method': 'GET',
      Authorization: `Bearer ${token}`,
    },
  })
  expect(status).toBe(200)
}

describe('requests for a program’s files', () => {
  it.each([
    ['the principal investigator', () => ada],
    ['an administrator', () => root],
  ])('are shown to %s: how many, when last, of which file', async (_whose, visitor) => {
    const text = read((await visitor().get('/auth/programs/P-1')).text)
    expect(text).toMatch(/eve@example\.org .*? 41 requests, last just now/)
    expect(text).toMatch(/Investigators ada Principal investigator · 1 request, last just now/)
    expect(text).toMatch(/grace@example\.org Investigator · No requests yet/)
    expect(text).toMatch(/\/data\/P-1\/secret-name\.fits 41 requests/)
    expect(text).toMatch(/Without access now gone 2 requests/)
    expect(text).toContain('kept for 365 days')
  })

  it('are a file of CSV, and one of JSON', async () => {
    const csv = await ada.get('/auth/programs/P-1/requests.csv')
    expect(csv.headers['content-disposition']).toBe('attachment; filename=P-1.requests.csv')
    expect(csv.text.split('\r\n')[0]).toBe('username,file,requests,first,last')
    expect(csv.text).toMatch(/\r\neve,\/data\/P-1\/secret-name\.fits,41,20[^,]*Z,20[^,]*Z\r\n/)
    const json: unknown = JSON.parse((await root.get('/auth/programs/P-1/requests.json')).text)
    expect(json).toContainEqual(
      expect.objectContaining({ username: 'eve', file: '/data/P-1/secret-name.fits', requests: 41 }),
    )
  })

  it.each([
    ['another investigator', () => grace],
    ['a colleague', () => eve],
    ['the principal investigator of another program', () => other],
  ])('are not shown to %s', async (_whose, visitor) => {
    for (const path of ['', '/requests.csv', '/requests.json', '/as-colleague']) {
      const { text, status } = await visitor().get(`/auth/programs/P-1${path}`)
      if (path.startsWith('/requests')) expect(status).toBe(404)
      expect(text).not.toContain('secret-name')
      expect(text).not.toMatch(/\b41\b/)
    }
  })

  it('are not shown for a program without any, as if there were some', async () => {
    expect(read((await other.get('/auth/programs/P-2')).text)).toContain('No requests yet.')
    expect((await other.get('/auth/programs/P-2/requests.csv')).text).toBe('username,file,requests,first,last\r\n')
  })

  it('are counted in the list of the user who made them, which says who sees them', async () => {
    const text = read((await eve.get('/auth/programs')).text)
    expect(text).toContain('Principal investigators can see which files of their program you request.')
    expect(text).toContain('41 requests by you, last just now')
    expect(read((await ada.get('/auth/programs')).text)).toContain('1 request by you, last just now')
    const ofGrace = (await grace.get('/auth/programs')).text
    expect([ofGrace.includes('can see which files'), ofGrace.includes('by you')]).toEqual([true, false])
  })

  it('are in the export of the user who made them', async () => {
    const own = JSON.parse((await eve.get('/auth/account/export')).text)
    expect(own.programRequests).toEqual([
      expect.objectContaining({ program: 'P-1', file: '/data/P-1/secret-name.fits', count: 41 }),
    ])
    expect(JSON.parse((await grace.get('/auth/account/export')).text).programRequests).toEqual([])
  })
})
