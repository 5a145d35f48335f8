import { afterEach, describe, expect, it } from '@jest/globals'
import { adviceOnAdministrators } from '../../../server/operate/lifecycle/first-administrator.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const ADD = 'No account administers this site. Add one: npx postern account add NAME --group staff'
const MAPPING = { groupMapping: { 'admin:token': ['staff', 'admins'] } }
const GITHUB = { github: { clientId: 'id', clientSecret: 'secret' } }

let site: RunningPostern

async function adviceWith(settings: object): Promise<string | undefined> {
  site = await startPostern({ settings: { ...settings } })
  return adviceOnAdministrators(site.context)
}

afterEach(() => site.stop())

describe('a site without an administrator', () => {
  it('is told the command that adds one, until it has one', async () => {
    expect(await adviceWith(MAPPING)).toBe(ADD)
    await site.account('ada', ['users'])
    expect(await adviceOnAdministrators(site.context)).toBe(ADD)
    await site.account('grace', ['admins'])
    expect(await adviceOnAdministrators(site.context)).toBeUndefined()
  })

  it('whose users come from a provider is told nothing: its groups are not known here', async () => {
    expect(await adviceWith({ ...MAPPING, ...GITHUB })).toBeUndefined()
  })

  it('that gives the scope to no group is told that', async () => {
    expect(await adviceWith({ groupMapping: {} })).toMatch(/groupMapping gives admin:token to no group/)
  })
})
