import { beforeEach, describe, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import { endSuspensions } from '../../../server/tokens/incident/end-suspensions.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const { ask, busyPerson } = office
const suspended = () => office.site().context.postgres.prisma.tokenSuspension.findMany()

beforeEach(() => office.site().context.postgres.prisma.tokenSuspension.deleteMany())

/** A user whose user token an administrator has suspended on its page. */
async function suspendedPerson() {
  const person = await busyPerson()
  const address = `/auth/admin/users/${person.username}/tokens/${person.key}`
  await office.admin().get(`${address}/suspend`)
  const done = await office.admin().post(`${address}/suspend`, { reason: 'a leaked laptop' })
  return { ...person, address, done }
}

async function atHome(username: string) {
  const visitor = new Visitor(office.site())
  await visitor.signIn(username)
  return visitor
}

describe('suspending a token on its page', () => {
  it('asks for how long and why, and leads back to a page that says both and can lift it', async () => {
    const { username, key, token } = await busyPerson()
    const page = read((await office.admin().get(`/auth/admin/tokens/${key}`)).text)
    expect(page).toContain('Suspend for 24 h…')
    expect(page).not.toContain('Lift suspension…')
    const address = `/auth/admin/users/${username}/tokens/${key}/suspend`
    const question = read((await office.admin().get(address)).text)
    expect(question).toContain(`Suspend topcat of ${username} for 24 hours?`)
    expect(question).toContain('you can lift the suspension; then the token is revoked')
    const done = await office.admin().post(address, { reason: 'a leaked laptop' })
    expect([done.status, done.headers.location]).toEqual([303, `/auth/admin/tokens/${key}`])
    expect((await ask(token)).status).toBe(401)
    const after = read((await office.admin().get(`/auth/admin/tokens/${key}`)).text)
    for (const text of ['Suspended', 'Reason: a leaked laptop', 'Lift suspension…', 'You suspended it until'])
      expect(after).toContain(text)
    expect(after).not.toContain('Suspend for 24 h…')
  })

  it('is not done without a reason', async () => {
    const { username, key, token } = await busyPerson()
    const address = `/auth/admin/users/${username}/tokens/${key}/suspend`
    await office.admin().get(address)
    const answer = await office.admin().post(address, { reason: '  ' })
    expect([answer.status, read(answer.text)]).toEqual([
      422,
      expect.stringContaining('Give a reason. The owner reads it.'),
    ])
    expect(await suspended()).toEqual([])
    expect((await ask(token)).status).toBe(200)
  })

  it('of another owner than the address says is answered as if there were none', async () => {
    const [one, other] = [await busyPerson(), await busyPerson()]
    const address = `/auth/admin/users/${one.username}/tokens/${other.key}/suspend`
    expect((await office.admin().get(address)).status).toBe(404)
    expect((await office.admin().post(address, { reason: 'x' })).status).toBe(404)
    expect(await suspended()).toEqual([])
  })
})

describe('a suspended token', () => {
  it('says so on its owner’s pages, with the end and the reason, and offers the owner to revoke it alone', async () => {
    const { username, key } = await suspendedPerson()
    const owner = await atHome(username)
    expect(read((await owner.get('/auth/tokens')).text)).toContain('topcat Suspended')
    const { text } = await owner.get(`/auth/tokens/${key}`)
    expect(read(text)).toContain('It is refused, and is revoked then unless an administrator lifts the suspension.')
    expect(read(text)).toContain('Reason: a leaked laptop')
    expect(read(text)).toContain('root-admin suspended it until')
    expect(text).toContain(`/auth/tokens/${key}/revoke`)
    for (const act of ['rotate', 'edit']) expect(text).not.toContain(`/auth/tokens/${key}/${act}"`)
    const asked = `/auth/explain?user=${username}&requirement=scope%3Dread:tap`
    const explained = read((await office.admin().get(asked)).text)
    expect(explained).toContain('An administrator suspended it, or the token that it came from, until')
  })

  it('is one that the page of the token below it names', async () => {
    const { username, session } = await busyPerson()
    const [, sessionKey = ''] = /^gt-([^.]+)\./.exec(session) ?? []
    const address = `/auth/admin/users/${username}/tokens/${sessionKey}`
    await office.admin().get(`${address}/suspend`)
    await office.admin().post(`${address}/suspend`, { reason: 'a leaked laptop' })
    const notebook = (await office.tokensOf(username)).find(({ type }) => type === 'notebook')
    const { text } = await office.admin().get(`/auth/admin/tokens/${notebook?.key}`)
    expect(read(text)).toContain('The token that it came from is suspended: see it')
    expect(text).not.toContain('/lift"')
  })

  it('works again when that is lifted, and its history has both', async () => {
    const { address, token, key, username } = await suspendedPerson()
    expect(read((await office.admin().get(`${address}/lift`)).text)).toContain('Lift the suspension of topcat')
    expect((await office.admin().get(`${address}/suspend`)).status).toBe(404)
    const done = await office.admin().post(`${address}/lift`, { reason: 'found again' })
    expect(done.headers.location).toBe(`/auth/admin/tokens/${key}`)
    expect((await ask(token)).status).toBe(200)
    const page = read((await (await atHome(username)).get(`/auth/tokens/${key}`)).text)
    expect(page).toContain('root-admin lifted the suspension: found again')
    expect(page).toMatch(/lifted the suspension.*suspended it until/)
  })

  it('can no longer be lifted after a day, and is revoked then', async () => {
    const { address, key, token } = await suspendedPerson()
    office.site().advance(DAY)
    try {
      const tomorrow = await signedIn(office.site(), 'root-tomorrow', ['admins'])
      const answer = await tomorrow.post(`${address}/lift`, { reason: 'found again' })
      expect([answer.status, read(answer.text)]).toEqual([
        409,
        expect.stringContaining('The suspension can no longer be lifted'),
      ])
      expect(await suspended()).toHaveLength(1)
      await endSuspensions(office.site().context)
      const page = read((await tomorrow.get(`/auth/admin/tokens/${key}`)).text)
      expect(page).toContain('Revoked')
      expect(page).toContain('Postern revoked it: a leaked laptop')
      expect((await ask(token)).status).toBe(401)
    } finally {
      office.site().advance(-DAY)
    }
  })
})
