import { randomBytes } from 'node:crypto'
import supertest from 'supertest'
import { formatToken, mintToken } from '../../../server/core/token/token.js'
import { toDate } from '../../../server/storage/postgres/client.js'
import { ASKED, type RunningPostern } from '../../support/postern.js'

export const BOOTSTRAP = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'

type Headers = Readonly<Record<string, string>>

/** How somebody comes to the API: with these headers. */
export type Arrive = (postern: RunningPostern) => Promise<Headers>

export const keyOf = (token: string) => token.slice(3, 25)
export const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` })

/** A token that has the form of one and that nobody ever made. */
export const madeUp = ({ context }: RunningPostern) =>
  formatToken(mintToken('postgres', randomBytes, context.keys.tokenKeys[0]))

const scoped =
  (username: string, ...scopes: string[]): Arrive =>
  async (postern) =>
    bearer(await postern.token(username, { scopes }))

const cookie =
  (username: string): Arrive =>
  async (postern) => ({ Cookie: `__Host-postern=${await postern.session(username)}` })

const delegated =
  (username: string, query: string): Arrive =>
  async (postern) => {
    const { headers } = await supertest(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, ...bearer(await postern.session(username)) })
    return bearer(String(headers['x-auth-request-token']))
  }

/** A browser whose page has asked for the word that proves that it is one of ours. */
const cookieAndWord =
  (username: string): Arrive =>
  async (postern) => {
    const headers = await cookie(username)(postern)
    const { body } = await supertest(postern.server).get('/auth/api/v1/login').set(headers)
    return { ...headers, 'X-CSRF-Token': body.csrf }
  }

/**
 * Every kind of caller. `ada` is the user whose tokens the calls are about, `mallory` another, `root` is in the group of
 * administrators.
 */
export const CALLERS = {
  nobody: async () => ({}),
  cookie: cookie('ada'),
  'cookie and word': cookieAndWord('ada'),
  user: scoped('ada', 'user:token', 'read:tap'),
  'small token': scoped('ada', 'read:tap'),
  'admin’s cookie': cookie('root'),
  'admin’s cookie and word': cookieAndWord('root'),
  'admin’s token': scoped('root', 'admin:token'),
  'reader’s token': scoped('root', 'admin:userinfo'),
  notebook: delegated('ada', 'notebook=true'),
  'admin’s notebook': delegated('root', 'notebook=true'),
  'admin’s service': delegated('root', 'delegate_to=portal&delegate_scope=admin:token&delegate_scope=user:token'),
  bootstrap: async () => bearer(BOOTSTRAP),
  'another user': scoped('mallory', 'user:token', 'read:tap'),
  expired: async (postern) => {
    const token = await postern.token('ada', { scopes: ['user:token', 'admin:token'] })
    const { prisma } = postern.context.postgres
    await prisma.token.update({ where: { key: keyOf(token) }, data: { expires: toDate(postern.now() - 1) } })
    return bearer(token)
  },
  revoked: async (postern) => {
    const token = await postern.token('ada', { scopes: ['user:token', 'admin:token'] })
    await postern.revoke(token)
    return bearer(token)
  },
  'made up': async (postern) => bearer(madeUp(postern)),
} satisfies Record<string, Arrive>

export type Caller = keyof typeof CALLERS
