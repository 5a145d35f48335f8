import { describe, expect, it } from '@jest/globals'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Visitor } from '../../support/clients/visitor.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { claiming, forged, postern, roundTrip, startAt } from './support/stand-in-site.js'

describe('a user name', () => {
  const named = (name: unknown) => claiming(() => ({ preferred_username: name }))
  const UNUSABLE = { code: 'unusable_username', status: 403, says: 'Your user name at Keycloak cannot be used here' }

  it.each([
    ['in capitals, which may be another user', 'Ada', /"Ada" cannot be used/],
    ['with a path', '../admin', /cannot be used/],
    ['with an address', 'ada@example.org', /cannot be used/],
    ['that is two names', ['ada', 'grace'], /not one text/],
    ['that is a number', 7, /not one text/],
    ['that is very long', 'a'.repeat(5000), /cannot be used/],
    ['that breaks lines', 'ada\r\nSet-Cookie: x=y', /cannot be used/],
  ])('%s does not sign a user in', async (_what, name, cause) => {
    const before = await traces(postern)
    const response = await roundTrip(new Visitor(postern), named(name))
    await expectNotSignedIn(postern, response, before, { ...UNUSABLE, cause })
    expect(response.text).toContain('1 to 64 lowercase letters, digits and single dashes between them')
  })

  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['<b>zoë</b>', '&lt;b&gt;zoë&lt;/b&gt;'],
    ['ad\u202ea', 'ad\ufffda'],
    ['x'.repeat(90), 'x'.repeat(80)],
  ])('that cannot be used is shown to its user: %j', async (name, shown) => {
    const { text } = await roundTrip(new Visitor(postern), named(name))
    expect(text).toContain(`You came as &#8220;${shown}&#8221;.`)
  })

  it('that is missing is told, or leads to where one gets one', async () => {
    const answer = forged(() => ({ without: ['preferred_username'] }))
    const before = await traces(postern)
    const expected = {
      code: 'not_enrolled',
      status: 403,
      says: 'Keycloak knows you, but',
      cause: /no claim preferred_username/,
    }
    await expectNotSignedIn(postern, await roundTrip(new Visitor(postern), answer), before, expected)
    const site = await startAt({ enrollmentUrl: 'https://enrol.example.org/start' })
    const nothing = await traces(site)
    const response = await roundTrip(new Visitor(site), answer)
    expect([response.status, response.headers.location, response.headers['cache-control']]).toEqual([
      303,
      'https://enrol.example.org/start',
      'no-store',
    ])
    expect(await traces(site)).toEqual(nothing)
    await site.stop()
  })

  it('of another domain than the site’s is no user’s here; of the site’s it loses the domain', async () => {
    const site = await startAt({ usernameDomain: 'example.org' })
    const before = await traces(site)
    for (const name of ['eve@evil.example', 'eve', 'eve@example.org.evil.example', 'eve@notexample.org'])
      await expectNotSignedIn(site, await roundTrip(new Visitor(site), named(name)), before, {
        ...UNUSABLE,
        cause: /does not end in @example.org|cannot be used/,
      })
    const response = await roundTrip(new Visitor(site), named('eve@example.org'))
    expect(response.status).toBe(303)
    expect(await findPersonRow(site.context.postgres, 'eve')).toBeDefined()
    await site.stop()
  })

  it('is made by usernameTransform, and belongs to the first of two identities that come with it', async () => {
    const pattern = '(?<username>[^@]+)@(?:lab|obs)\\.org'
    const site = await startAt({ usernameTransform: { lowerCase: true, pattern } })
    const comeAs = (sub: string, name: string) =>
      roundTrip(
        new Visitor(site),
        claiming(() => ({ sub, preferred_username: name })),
      )
    expect((await comeAs('1', 'Ada@Lab.org')).status).toBe(303)
    expect(await findPersonRow(site.context.postgres, 'ada')).toBeDefined()
    const before = await traces(site)
    for (const name of ['ada@obs.org', 'ADA@lab.org'])
      await expectNotSignedIn(site, await comeAs('2', name), before, {
        code: 'name_taken',
        status: 403,
        says: 'You came as ada.',
        cause: /ada belongs to another user/,
      })
    await expectNotSignedIn(site, await comeAs('3', 'ada@evil.example'), before, {
      ...UNUSABLE,
      cause: /"ada@evil\.example" does not match usernameTransform\.pattern/,
    })
    await site.stop()
  })
})
