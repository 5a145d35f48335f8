import { describe, expect, it } from '@jest/globals'
import { findPersonRow } from '../../../../server/storage/postgres/people.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { expectNotSignedIn, traces } from '../../../support/sign-in-refused.js'
import { FORGERIES } from './support/forgeries.js'
import { HERE, named, SITE, useSamlSite } from './support/site.js'

const LOST = { code: 'sign_in_lost', status: 403, says: 'started in another browser' }
const MISTRUSTED = { code: 'provider_mistrusted', status: 502, says: 'could not be verified' }

const site = useSamlSite()

describe('a SAML response signs no user in', () => {
  it.each(Object.entries(FORGERIES))('%s', async (_what, forgery) => {
    const { forge, cause, at = 'institute', ...rest } = forgery
    const visitor = new Visitor(site().postern)
    const asked = await site().depart(visitor, at)
    const people = () => Promise.all(['ada', 'eve'].map((name) => findPersonRow(site().postern.context.postgres, name)))
    const [before, known] = [await traces(site().postern), await people()]
    const form = { SAMLResponse: forge(site(), asked), RelayState: asked.relayState }
    const response = await site().bring(visitor, form, { callback: `/login/${at}/callback` })
    await expectNotSignedIn(site().postern, response, before, { ...MISTRUSTED, cause, ...rest })
    expect(await people()).toEqual(known)
  })

  it('to a request of another browser, whose user would be signed in as the attacker', async () => {
    const [attacker, victim] = [new Visitor(site().postern), new Visitor(site().postern)]
    const [mine, theirs] = [await site().depart(attacker), await site().depart(victim)]
    const before = await traces(site().postern)
    for (const RelayState of [mine.relayState, theirs.relayState, '', 'x']) {
      const response = await site().bring(victim, { SAMLResponse: site().respond(mine), RelayState })
      await expectNotSignedIn(site().postern, response, before, { ...LOST, cause: /./ })
    }
  })

  it('that is sent again with the cookies of its sign-in, here or to another process', async () => {
    const visitor = new Visitor(site().postern)
    const asked = await site().depart(visitor)
    const cookies = visitor.agent.jar.getCookies(HERE).map(({ name, value }) => `${name}=${value}; Path=/`)
    const form = { SAMLResponse: site().respond(asked, named('replayed')), RelayState: asked.relayState }
    expect((await site().bring(visitor, form)).headers.location).toBe(`${SITE}/auth/tokens`)
    const another = await site().another()
    try {
      const before = await traces(site().postern)
      expect((await site().bring(visitor, form)).headers['set-cookie']).toBeUndefined()
      expect(await traces(site().postern)).toEqual(before)
      for (const at of [site().postern, another]) {
        const thief = new Visitor(at)
        thief.agent.jar.setCookies(cookies, HERE.domain, '/')
        const response = await site().bring(thief, form, { at })
        await expectNotSignedIn(at, response, before, { ...MISTRUSTED, cause: /used before/ })
      }
    } finally {
      await another.stop()
    }
  })
})
