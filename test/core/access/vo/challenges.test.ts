import { describe, expect, it } from '@jest/globals'
import { voChallenges } from '../../../../server/core/access/vo/challenges.js'

const LOGIN = 'https://data.example.org/auth/vo/login'
const DISCOVERY = 'https://data.example.org/.well-known/openid-configuration'
const OFFER = { cookie: true, bearer: true, accessUrl: LOGIN }
const BOTH = { authType: 'both', allowCookies: true } as const
const FORM = `standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="${LOGIN}"`

describe('the challenges of a VO login', () => {
  it('name the protocol and the address of the login', () => {
    expect(voChallenges(OFFER, BOTH)).toEqual([`ivoa_cookie ${FORM}`, `ivoa_bearer ${FORM}`])
  })

  it('are those that the site offers', () => {
    expect(voChallenges({ ...OFFER, bearer: false }, BOTH)).toEqual([`ivoa_cookie ${FORM}`])
    expect(voChallenges({ ...OFFER, cookie: false }, BOTH)).toEqual([`ivoa_bearer ${FORM}`])
    expect(voChallenges({ ...OFFER, cookie: false, bearer: false }, BOTH)).toEqual([])
  })

  it('name the discovery document with ivoa_bearer alone', () => {
    expect(voChallenges({ ...OFFER, discoveryUrl: DISCOVERY }, BOTH)).toEqual([
      `ivoa_cookie ${FORM}`,
      `ivoa_bearer ${FORM}, discovery_url="${DISCOVERY}"`,
    ])
  })

  it.each(['bearer', 'basic'] as const)(
    'are not there where a location is for clients of one scheme (%s)',
    (authType) => {
      expect(voChallenges(OFFER, { authType, allowCookies: true })).toEqual([])
    },
  )

  it('have no cookie where the location takes none', () => {
    expect(voChallenges(OFFER, { authType: 'both', allowCookies: false })).toEqual([`ivoa_bearer ${FORM}`])
  })

  it('cannot be broken out of by an address', () => {
    const [cookie] = voChallenges({ ...OFFER, accessUrl: 'https://x/"\r\nSet-Cookie: a=b' }, BOTH)
    expect(cookie).toBe(
      'ivoa_cookie standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="https://x/Set-Cookie: a=b"',
    )
  })
})
