import { afterEach, describe, expect, it } from '@jest/globals'
import { readLockdown } from '../../../server/storage/postgres/lockdown.js'
import { liftLockdown } from '../../../server/tokens/incident/lockdown.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { PASSWORD } from '../../support/postern.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const PAGE = '/auth/admin/lockdown'
const present = () => readLockdown(office.site().context.postgres)

afterEach(async () => {
  await liftLockdown(office.site().context, { username: '<operator>' })
})

describe('the lockdown page', () => {
  it('locks the site down after a question, for a reason that the sign-in page shows, and ends it', async () => {
    const admin = office.admin()
    expect(read((await admin.get(PAGE)).text)).toContain('Not locked down')
    const question = read((await admin.get(`${PAGE}/on`)).text)
    expect(question).toContain('you cannot sign in to end the lockdown')
    expect(await present()).toBeUndefined()
    expect((await admin.post(`${PAGE}/on`, { reason: ' A leak ' })).headers.location).toBe(PAGE)
    expect(await present()).toMatchObject({ reason: 'A leak' })
    expect(read((await admin.get(PAGE)).text)).toMatch(/The site is locked down since .* A leak/)
    await office.site().account('late')
    const late = new Visitor(office.site())
    expect(read((await late.get('/login')).text)).toContain('A leak')
    expect((await late.signIn('late', PASSWORD)).status).toBe(403)
    await admin.get(`${PAGE}/off`)
    expect(await present()).toBeDefined()
    await admin.post(`${PAGE}/off`)
    expect(await present()).toBeUndefined()
    expect((await late.signIn('late', PASSWORD)).status).toBe(303)
    const events = (await storedEvents(office.site())).filter(({ event }) => event.action.startsWith('lockdown.'))
    expect(events.slice(0, 2)).toMatchObject([
      { event: { action: 'lockdown.on' }, user: { name: 'root-admin' } },
      { event: { action: 'lockdown.off' }, user: { name: 'root-admin' } },
    ])
  })

  it('is nowhere for users, who neither begin nor end a lockdown; and needs the word of the form', async () => {
    const user = await signedIn(office.site(), 'plain-user')
    await user.get('/auth/tokens')
    for (const path of [PAGE, `${PAGE}/on`, `${PAGE}/off`]) expect((await user.get(path)).status).toBe(404)
    expect((await user.post(`${PAGE}/on`)).status).toBe(404)
    await office.admin().get(`${PAGE}/on`)
    expect((await office.admin().post(`${PAGE}/on`, { csrf: 'guessed' })).status).toBe(403)
    expect((await office.admin().post(`${PAGE}/sideways`)).status).toBe(404)
    expect(await present()).toBeUndefined()
    await office.admin().get(`${PAGE}/on`)
    await office.admin().post(`${PAGE}/on`)
    await user.post(`${PAGE}/off`)
    expect(await present()).toBeDefined()
  })
})
