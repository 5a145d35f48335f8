import { describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { useSite } from '../support/site.js'

const { site, someone } = useSite()

/** The numbers of the notices that a user's page shows. */
const shown = async (visitor: Visitor) =>
  [...(await visitor.get('/auth/tokens')).text.matchAll(/name="notice" value="(\d+)"/g)].map(([, id]) => String(id))

async function withNotices(count: number) {
  const username = someone()
  const visitor = await signedIn(site(), username)
  for (let n = 0; n < count; n++) await site().token(username, { name: `t${n}` })
  return { username, visitor, ids: await shown(visitor) }
}

describe('a dismissed notice', () => {
  it('comes back with Undo, and it alone', async () => {
    const { visitor, ids } = await withNotices(3)
    const [first = '', second = ''] = ids
    await visitor.post('/auth/notices/dismiss', { notice: first })
    site().advance(2)
    const done = await visitor.post('/auth/notices/dismiss', { notice: second })
    const page = await visitor.get(done.headers.location ?? '')
    expect(read(page.text)).toContain('1 notice was dismissed. Undo')
    const [, dismissed = ''] = /name="dismissed" value="(\d+)"/.exec(page.text) ?? []
    await visitor.post('/auth/notices/undo', { dismissed })
    expect(await shown(visitor)).toEqual(ids.filter((id) => id !== first))
  })

  it('comes back with all that were dismissed with it', async () => {
    const { visitor, ids } = await withNotices(3)
    const done = await visitor.post('/auth/notices/dismiss', { newest: ids[0] ?? '' })
    expect(await shown(visitor)).toEqual([])
    const page = await visitor.get(done.headers.location ?? '')
    const [, dismissed = ''] = /name="dismissed" value="(\d+)"/.exec(page.text) ?? []
    await visitor.post('/auth/notices/undo', { dismissed })
    expect(await shown(visitor)).toEqual(ids)
  })

  it('does not come back after ten minutes, for another user, or by a forged form', async () => {
    const { visitor, ids } = await withNotices(1)
    const dismissed = String(site().now())
    await visitor.post('/auth/notices/dismiss', { newest: ids[0] ?? '' })
    const mallory = await signedIn(site(), someone())
    expect(read((await mallory.get(`/auth/tokens?dismissed=${dismissed}`)).text)).not.toContain('Undo')
    await mallory.post('/auth/notices/undo', { dismissed })
    expect((await visitor.post('/auth/notices/undo', { csrf: 'forged', dismissed })).status).toBe(403)
    site().advance(601)
    await visitor.post('/auth/notices/undo', { dismissed })
    expect(await shown(visitor)).toEqual([])
    expect(read((await visitor.get(`/auth/tokens?dismissed=${dismissed}`)).text)).not.toContain('Undo')
  })
})
