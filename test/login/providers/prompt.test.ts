import { expect, it } from '@jest/globals'
import request from 'supertest'
import { CLIENT } from '../../support/peers/identity-provider.js'
import { institute, SITE, sessionsOf, startAt } from './support/oidc-site.js'

it('S16k: with the one provider of a site, `prompt` makes it ask the user before each session', async () => {
  const loginParams = { prompt: 'login' }
  const keycloak = { ...CLIENT, issuer: institute.issuer, title: 'The Institute', loginParams }
  const asking = await startAt(institute.issuer, { keycloak })
  try {
    const departure = await request(asking.server).get(`/login?rd=${encodeURIComponent(`${SITE}/auth/tokens`)}`)
    expect(new URL(departure.headers.location ?? '').searchParams.get('prompt')).toBe('login')
    expect(await sessionsOf('ada', asking)).toEqual([])
  } finally {
    await asking.stop()
  }
})
