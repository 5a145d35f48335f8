import { beforeAll, describe, expect, it } from '@jest/globals'
import { refuseName } from '../../../server/people/refuse-name.js'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { findNameHolder } from '../../../server/storage/postgres/identity/name-holder.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const PAGE = '/auth/admin/identities'
const institute = (subject: string) => ({ provider: 'institute', issuer: 'https://institute.example', subject })
const ownerOf = async (username: string) => {
  const holder = await findNameHolder(office.site().context.postgres.prisma, username)
  return holder?.is === 'person' ? holder.identity?.subject : undefined
}
const question = (act: string, subject?: string) =>
  `${PAGE}/ada/${act}${subject === undefined ? '' : `?${new URLSearchParams(institute(subject))}`}`
const present = (subject: string) => ({ issuer: 'https://institute.example', subject })

describe('the identities of user names', () => {
  beforeAll(async () => {
    const { context, now } = office.site()
    await saveIdentity(context, institute('1815'), { username: 'ada' }, now())
    await refuseName(context, 'ada', institute('6666'), '192.0.2.6')
  })

  it('are shown to administrators alone, with those refused and the history', async () => {
    const text = read((await office.admin().get(PAGE)).text)
    expect(text).toContain('ada Subject 6666 of institute (https://institute.example) 1 time')
    expect(text).toContain('ada Bound at a sign-in by ada Now: 1815 at https://institute.example')
    const user = await signedIn(office.site(), 'plain-user')
    expect([(await user.get(PAGE)).status, (await user.get(question('release'))).status]).toEqual([404, 404])
    await user.post(question('release'), present('1815'))
    expect(await ownerOf('ada')).toBe('1815')
  })

  it('stay when the owner is another one than the page showed, or the identity was never refused', async () => {
    await office.admin().get(question('rebind', '6666'))
    expect((await office.admin().post(question('rebind', '6666'), present('1'))).status).toBeGreaterThanOrEqual(400)
    expect((await office.admin().post(question('release'), present('1'))).status).toBeGreaterThanOrEqual(400)
    expect((await office.admin().post(question('rebind', '7777'), present('1815'))).status).toBe(404)
    expect(await ownerOf('ada')).toBe('1815')
  })

  it('are changed after a question: bound to a refused identity, then released', async () => {
    expect(read((await office.admin().get(question('rebind', '6666'))).text)).toContain(
      'Then 6666 at https://institute',
    )
    expect((await office.admin().post(question('rebind', '6666'), present('1815'))).status).toBe(303)
    expect(await ownerOf('ada')).toBe('6666')
    await office.admin().get(question('release'))
    expect((await office.admin().post(question('release'), present('6666'))).status).toBe(303)
    expect(await ownerOf('ada')).toBeUndefined()
    expect(read((await office.admin().get(PAGE)).text)).toContain('ada Released by root-admin Before: 6666')
  })
})
