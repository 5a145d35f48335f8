import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern } from '../../support/postern.js'
import { EXCLUSIVE, load, startArchive } from '../../support/stores/archive.js'

let postern: RunningPostern
let operator: string
let pi: string
let coI: string
let stranger: string
let next = 0

const BOOTSTRAP = 'gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'

beforeAll(async () => {
  postern = await startArchive({ baseUrl: 'https://data.example.org', settings: { bootstrapToken: BOOTSTRAP } })
  operator = await postern.token('archive', { scopes: ['admin:programs'] })
  pi = await postern.token('ada', { scopes: ['user:token', EXCLUSIVE] })
  coI = await postern.token('grace', { scopes: ['user:token', EXCLUSIVE] })
  stranger = await postern.token('mallory', { scopes: ['user:token', EXCLUSIVE] })
})
afterAll(() => postern.stop())

type Method = 'get' | 'post' | 'put' | 'delete'
const api = (method: Method, path: string, token: string, body?: object) =>
  request(postern.server)[method](`/auth/api/v1/programs${path}`).set('Authorization', `Bearer ${token}`).send(body)
const bulk = (text: string, token = operator, type = 'application/x-ndjson') =>
  request(postern.server)
    .put('/auth/api/v1/programs')
    .set({ Authorization: `Bearer ${token}`, 'Content-Type': type })
    .send(text)
const lines = (...rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const count = () => postern.context.postgres.prisma.program.count()
const changes = async (id: string) => (await api('get', `/${id}/history`, operator)).body as { action: string }[]
const INVESTIGATORS = [
  { username: 'ada', role: 'pi' },
  { email: 'grace@example.org', role: 'co-i' },
]

/** A program of Ada's and Grace's that no other test has. */
async function someProgram(facts: object = { public: false }): Promise<string> {
  const id = `P-${++next}`
  await load(postern, { id, title: 'A deep field', investigators: INVESTIGATORS, ...facts })
  return id
}

describe('loading programs', () => {
  it('puts all in place, and says what it came to; once more it changes nothing and leaves no trace', async () => {
    const rows = [
      { id: 'L-1', title: 'One', period_end: '2030-01-01T00:00:00Z', investigators: INVESTIGATORS },
      { id: 'L-2', public: true },
      { id: 'L-3', period_end: 1_900_000_000, public: false },
    ]
    expect((await bulk(lines(...rows))).body).toEqual({ created: 3, changed: 0, unchanged: 0 })
    const swapped = { ...rows[0], investigators: [...INVESTIGATORS].reverse() }
    expect((await bulk(`\n${lines(swapped, ...rows.slice(1))}`)).body).toEqual({ created: 0, changed: 0, unchanged: 3 })
    expect(await changes('L-1')).toHaveLength(1)
    const { body } = await api('get', '/L-1', operator)
    expect(body).toMatchObject({ id: 'L-1', title: 'One', period_end: 1_893_456_000, public: false })
    expect(body.investigators).toEqual(INVESTIGATORS)
  })

  it('leaves alone the programs that it does not tell of, and whom investigators let in', async () => {
    const [kept, told] = [await someProgram(), await someProgram()]
    await api('put', `/${told}/grants/eve@example.org`, pi)
    await bulk(lines({ id: told, title: 'Renamed', public: false, investigators: INVESTIGATORS }))
    expect((await api('get', `/${kept}`, pi)).status).toBe(200)
    expect((await api('get', `/${told}/grants`, pi)).body).toHaveLength(1)
    expect((await changes(told))[0]).toMatchObject({
      action: 'edit',
      actor: 'archive',
      now: { title: 'Renamed' },
      old: { title: 'A deep field' },
    })
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['no JSON',                     '{"id": "B-2"',                                        ['body', 2],                             'Line 2: is not JSON'],
    ['no object',                   '[]',                                                  ['body', 2],                             expect.stringContaining('Line 2: ')],
    ['no identifier',               '{"public": true}',                                    ['body', 2, 'id'],                       expect.stringContaining('Line 2, id: ')],
    ['a path for an identifier',    '{"id": "../x", "public": true}',                      ['body', 2, 'id'],                       expect.stringContaining('1 to 64 letters')],
    ['a word for an identifier',    '{"id": "from_url", "public": true}',                  ['body', 2, 'id'],                       expect.stringContaining('1 to 64 letters')],
    ['the same identifier again',   '{"id": "B-1", "public": true}',                       ['body', 2, 'id'],                       'Line 2, id: B-1 is on line 1 already'],
    ['neither period nor public',   '{"id": "B-2"}',                                       ['body', 2, 'period_end'],               'Line 2, period_end: is missing: give it, or say public true or false'],
    ['a period that is no instant', '{"id": "B-2", "period_end": "soon"}',                 ['body', 2, 'period_end'],               expect.stringContaining('not an instant')],
    ['a period out of all time',    '{"id": "B-2", "period_end": "1e99"}',                 ['body', 2, 'period_end'],               expect.stringContaining('Line 2, period_end: ')],
    ['public that is no yes or no', '{"id": "B-2", "public": "yes"}',                      ['body', 2, 'public'],                   expect.stringContaining('Line 2, public: ')],
    ['a field that nobody knows',   '{"id": "B-2", "public": true, "end": 1}',             ['body', 2, 'end'],                      'Line 2, end: is no field of a program'],
    ['an unsendable title',         '{"id": "B-2", "public": true, "title": "a\\u0000b"}', ['body', 2, 'title'],                    'Line 2, title: has control characters'],
    ['somebody without a name',     '{"id": "B-2", "public": true, "investigators": [{"role": "pi"}]}', ['body', 2, 'investigators', '0'], expect.stringContaining('either username or email')],
    ['no e-mail address',           '{"id": "B-2", "public": true, "investigators": [{"email": "x"}]}', ['body', 2, 'investigators', '0', 'email'], 'Line 2, investigators.0.email: not an e-mail address'],
    ['no user name',                '{"id": "B-2", "public": true, "investigators": [{"username": "X!"}]}', ['body', 2, 'investigators', '0', 'username'], 'Line 2, investigators.0.username: not a user name'],
    ['another role',                '{"id": "B-2", "public": true, "investigators": [{"username": "x", "role": "boss"}]}', ['body', 2, 'investigators', '0', 'role'], expect.stringContaining('investigators.0.role')],
    ['somebody twice',              '{"id": "B-2", "public": true, "investigators": [{"email": "a@b"}, {"email": "A@B"}]}', ['body', 2, 'investigators', '1'], 'Line 2, investigators.1: names a@b twice'],
  ])('names a row with %s, and nothing at all is changed', async (_what, row, loc, msg) => {
    const before = await count()
    const response = await bulk(`${lines({ id: 'B-1', public: true })}${row}\n${lines({ id: 'B-3', public: true })}`)
    expect(response.status).toBe(422)
    expect(response.body.detail).toEqual([expect.objectContaining({ loc, msg })])
    expect(await count()).toBe(before)
  })

  it('names all rows that are wrong, and stops at a hundred', async () => {
    const response = await bulk('x\n'.repeat(5_000))
    expect(response.body.detail).toHaveLength(100)
    expect((await bulk('x\n{}\n')).body.detail.length).toBeGreaterThan(1)
  })

  it('takes no line without an end, and no other kind of body', async () => {
    const long = await bulk(`{"id":"${'x'.repeat(300_000)}`)
    expect(long.body.detail).toEqual([expect.objectContaining({ msg: 'Line 1: is longer than 262144 characters' })])
    const json = await bulk(lines({ id: 'T-1', public: true }), operator, 'application/json')
    expect([json.status, json.body.detail[0].loc]).toEqual([422, ['header', 'content-type']])
  })

  it('is for administrators of programs or of tokens, and the bootstrap token; others change nothing', async () => {
    const before = await count()
    for (const token of [pi, stranger]) {
      expect((await bulk(lines({ id: 'X-1', public: true }), token)).status).toBe(403)
      expect((await api('put', '/X-1', token, { public: true })).status).toBe(403)
      expect((await api('delete', '/L-1', token)).status).toBe(403)
    }
    expect(await count()).toBe(before)
    const root = await postern.token('root', { scopes: ['admin:token'] })
    for (const token of [root, BOOTSTRAP])
      expect((await bulk(lines({ id: 'X-2', public: true }), token)).status).toBe(200)
  })

  it('of two at the same moment lets one through, and tells the other', async () => {
    const many = lines(...Array.from({ length: 3_000 }, (_, n) => ({ id: `R-${n}`, public: true })))
    const answers = await Promise.all([bulk(many), bulk(many), bulk(many)])
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => ![200, 409].includes(status))).toEqual([])
    expect(answers.filter(({ body }) => body.created === 3_000)).toHaveLength(1)
    expect(await postern.context.postgres.prisma.programChange.count({ where: { program: 'R-7' } })).toBe(1)
  })

  it('tells of a body with no rows that there was nothing to do', async () => {
    expect((await bulk('')).body).toEqual({ created: 0, changed: 0, unchanged: 0 })
  })
})

describe('one program', () => {
  it('is put in place, changed and taken away, with all that belongs to it', async () => {
    const path = `/P-${++next}`
    expect((await api('put', path, operator, { public: false, investigators: INVESTIGATORS })).body.created).toBe(1)
    await api('put', `${path}/grants/eve@example.org`, pi)
    expect((await api('put', path, operator, { public: false, title: 'New', investigators: [] })).body.changed).toBe(1)
    expect((await api('get', path, operator)).body).toMatchObject({ title: 'New', investigators: [] })
    expect((await api('delete', path, operator)).status).toBe(204)
    expect((await api('get', path, operator)).status).toBe(404)
    expect((await api('delete', path, operator)).status).toBe(404)
    await api('put', path, operator, { public: false, investigators: INVESTIGATORS })
    expect((await api('get', `${path}/grants`, pi)).body).toEqual([])
  })

  it('is there for its investigators and administrators, and for nobody else', async () => {
    const id = await someProgram()
    await api('put', `/${id}/grants/mallory@example.org`, pi)
    for (const path of ['', '/grants', '/grants/mallory@example.org', '/history']) {
      for (const token of [pi, coI, operator]) expect((await api('get', `/${id}${path}`, token)).status).toBe(200)
      expect((await api('get', `/${id}${path}`, stranger)).status).toBe(404)
    }
    expect((await api('get', '/P-unknown', stranger)).body).toEqual((await api('get', `/${id}`, stranger)).body)
  })
})

describe('who may read the data', () => {
  it('is for the principal investigator to say, by e-mail address, and is on record', async () => {
    const id = await someProgram()
    const put = await api('put', `/${id}/grants/Grace.H%40Example.ORG`, pi)
    expect(put.body).toMatchObject({ email: 'grace.h@example.org', granted_by: 'ada', pending: true })
    expect((await api('put', `/${id}/grants/mallory@example.org`, pi)).body.pending).toBe(false)
    expect((await api('get', `/${id}/grants`, pi)).body).toHaveLength(2)
    expect((await api('delete', `/${id}/grants/GRACE.H@example.org`, pi)).status).toBe(204)
    expect((await api('delete', `/${id}/grants/grace.h@example.org`, pi)).status).toBe(404)
    expect(await changes(id)).toMatchObject([
      { action: 'remove', actor: 'ada', email: 'grace.h@example.org' },
      { action: 'grant', actor: 'ada', email: 'mallory@example.org' },
      { action: 'grant', actor: 'ada', email: 'grace.h@example.org' },
      { action: 'create', actor: 'archive' },
    ])
  })

  it('is on record once when it is said ten times at once', async () => {
    const id = await someProgram()
    const answers = await Promise.all(Array.from({ length: 10 }, () => api('put', `/${id}/grants/a@b.org`, pi)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    const removals = await Promise.all(Array.from({ length: 10 }, () => api('delete', `/${id}/grants/a@b.org`, pi)))
    expect(removals.filter(({ status }) => status === 204)).toHaveLength(1)
    expect((await changes(id)).map(({ action }) => action)).toEqual(['remove', 'grant', 'create'])
  })

  it('is not for anybody else to say, and nothing is changed', async () => {
    const id = await someProgram()
    const others = `P-${++next}`
    await load(postern, { id: others, public: false, investigators: [{ username: 'mallory', role: 'pi' }] })
    await api('put', `/${id}/grants/kept@example.org`, pi)
    const download = await postern.token('ada', { scopes: [EXCLUSIVE] })
    const notebook = String(
      (
        await request(postern.server)
          .get('/ingress/auth?notebook=true')
          .set({ ...ASKED, Authorization: `Bearer ${await postern.session('ada')}` })
      ).headers['x-auth-request-token'],
    )
    for (const [who, token, status] of [
      ['the PI of another program', stranger, 404],
      ['an investigator who is not the PI', coI, 403],
      ['the PI’s token that only reads data', download, 403],
      ['the PI’s notebook', notebook, 403],
    ] as const) {
      const put = await api('put', `/${id}/grants/mallory@example.org`, token)
      const removal = await api('delete', `/${id}/grants/kept@example.org`, token)
      expect([who, put.status, removal.status]).toEqual([who, status, status])
    }
    expect((await api('get', `/${id}/grants`, pi)).body).toMatchObject([{ email: 'kept@example.org' }])
    expect((await api('put', `/${others}/grants/x@example.org`, pi)).status).toBe(404)
  })

  it('is for administrators to say, too', async () => {
    const id = await someProgram()
    expect((await api('put', `/${id}/grants/x@example.org`, operator)).body.granted_by).toBe('archive')
    expect((await api('delete', `/${id}/grants/x@example.org`, operator)).status).toBe(204)
  })

  it.each(['nobody', 'a@', 'a b@c', '%00@x'])('takes %j for no address', async (address) => {
    const id = await someProgram()
    const response = await api('put', `/${id}/grants/${address}`, pi)
    expect([response.status, response.body.detail[0].type]).toEqual([422, 'invalid_email'])
    expect((await api('get', `/${id}/grants`, pi)).body).toEqual([])
  })

  it('has an end: a program lets in a thousand addresses', async () => {
    const id = await someProgram()
    await postern.context.postgres.pool.query(
      `INSERT INTO program_grant SELECT $1, n || '@example.org', 'ada', now() FROM generate_series(1, 1000) n`,
      [id],
    )
    expect((await api('put', `/${id}/grants/one@more.org`, pi)).status).toBe(409)
    expect((await api('put', `/${id}/grants/7@example.org`, pi)).status).toBe(200)
  })
})

describe('a portal', () => {
  it('hears of each program whether the caller may read it now', async () => {
    const [mine, open, over] = [
      await someProgram(),
      await someProgram({ public: true }),
      await someProgram({ period_end: postern.now() }),
    ]
    const theirs = `P-${++next}`
    await load(postern, { id: theirs, public: false })
    const ids = [mine, open, theirs, over, 'unknown', 'no\u0000identifier', mine]
    const words = async (token: string) =>
      (await api('post', '/access', token, { programs: ids })).body.map(({ access }: { access: string }) => access)
    expect(await words(pi)).toEqual(['allowed', 'public', 'exclusive', 'public', 'exclusive', 'exclusive', 'allowed'])
    expect(await words(stranger)).toEqual([
      'exclusive',
      'public',
      'exclusive',
      'public',
      'exclusive',
      'exclusive',
      'exclusive',
    ])
    const small = await postern.token('ada')
    expect((await words(small))[0]).toBe('exclusive')
  })

  it('asks of a thousand at once and not of more', async () => {
    const ask = (length: number) => api('post', '/access', pi, { programs: Array.from({ length }, (_, n) => `N-${n}`) })
    expect((await ask(1_000)).body).toHaveLength(1_000)
    expect((await ask(1_001)).status).toBe(422)
  })

  it('lists the programs of the caller, and what they are to each', async () => {
    const id = await someProgram()
    await api('put', `/${id}/grants/eve@example.org`, pi)
    const eve = await postern.token('eve', { scopes: [EXCLUSIVE] })
    const own = async (token: string) =>
      (await api('get', '?visible_to=me', token)).body.find((each: { id: string }) => each.id === id)
    expect(await own(pi)).toMatchObject({ role: 'pi', access: 'allowed', title: 'A deep field' })
    expect(await own(coI)).toMatchObject({ role: 'co-i' })
    expect(await own(eve)).toMatchObject({ role: 'granted', access: 'allowed' })
    expect(await own(stranger)).toBeUndefined()
    expect((await api('get', '', pi)).status).toBe(422)
    expect((await api('get', '?visible_to=eve', pi)).status).toBe(422)
  })
})
