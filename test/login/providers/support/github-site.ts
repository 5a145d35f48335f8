import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import { findPersonRow } from '../../../../server/storage/postgres/people.js'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Traveller } from '../../../support/clients/traveller.js'
import type { Visitor } from '../../../support/clients/visitor.js'
import { type GithubStandIn, startGithubStandIn } from '../../../support/peers/github-stand-in.js'
import { type RunningPostern, startPostern } from '../../../support/postern.js'

export const SITE = 'http://127.0.0.1:8080'
export const TEAM = { id: 42, slug: 'astronomers', organization: { login: 'Acme' } }
/** The account that signs in at GitHub unless a test says otherwise. */
export const ADA = {
  login: 'Ada',
  id: 1815,
  name: 'Ada Lovelace',
  emails: [
    { email: 'ada@old.example', primary: false, verified: true },
    { email: 'ada@example.org', primary: true, verified: true },
  ],
  teams: [TEAM],
}

export let github: GithubStandIn
export let postern: RunningPostern

beforeAll(async () => {
  github = await startGithubStandIn(`${SITE}/login`)
  postern = await start()
})
afterAll(async () => {
  await postern.stop()
  await github.stop()
})
beforeEach(() => {
  github.visitor = ADA
  github.declines = false
})
afterEach(() => github.instead.clear())

const settings = (more: Record<string, unknown> = {}) => ({
  clientId: github.clientId,
  clientSecret: github.clientSecret,
  url: github.url,
  title: 'GitHub',
  ...more,
})

export function start(more: Record<string, unknown> = {}): Promise<RunningPostern> {
  return startPostern({
    baseUrl: SITE,
    settings: {
      github: settings(more),
      groupMapping: {
        'read:tap': [{ github: { organization: 'acme', team: 'astronomers' } }],
        'exec:admin': ['acme-ops'],
      },
    },
  })
}

export const sessionsOf = (username: string, site = postern) => listSessions(site.context, username, site.now())
export const groupsOf = async (username: string, site = postern) =>
  (await findPersonRow(site.context.postgres, username))?.groups?.map(({ name }) => name)

/** To GitHub and almost back: the address that the browser is sent to. */
export async function goThrough(visitor: Visitor, path = '/login'): Promise<string> {
  const departure = await visitor.get(path)
  const { pathname, search } = await new Traveller().goThrough(departure, '')
  return `${pathname}${search}`
}

export async function signIn(visitor: Visitor, path?: string) {
  return visitor.get(await goThrough(visitor, path))
}
