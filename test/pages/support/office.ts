import { afterAll, beforeAll } from '@jest/globals'
import request from 'supertest'
import type { TokenKey } from '../../../server/core/token.js'
import { type ChangeFilter, searchChanges } from '../../../server/stores/change-search.js'
import { listTokens } from '../../../server/tokens/list.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { signedIn, type Visitor } from '../../support/visitor.js'

/** A site for the tests of one file, and the administrator `root-admin` at a browser. */
export function useOffice() {
  let postern: RunningPostern
  let admin: Visitor
  let nextUser = 0

  beforeAll(async () => {
    postern = await startPostern()
    admin = await signedIn(postern, 'root-admin', ['admins'])
  })
  afterAll(() => postern.stop())

  const someone = () => `person-${++nextUser}`
  /** What the check says to a token. */
  const ask = (token: string, query = '') =>
    request(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, Authorization: `Bearer ${token}` })

  return {
    site: () => postern,
    admin: () => admin,
    someone,
    ask,
    tokensOf: (username: string) => listTokens(postern.context, username),
    changes: async (filter: ChangeFilter = {}) => (await searchChanges(postern.context.postgres, filter, {})).changes,
    /** Somebody with a user token, a session, and a notebook token that was delegated from it. */
    async busyPerson() {
      const username = someone()
      const token = await postern.token(username, { name: 'topcat' })
      const session = await postern.session(username)
      await ask(session, 'notebook=true')
      return { username, key: keyOf(token), token, session }
    },
  }
}

export const keyOf = (token: string) => token.slice(3, 25) as TokenKey

/** A page as somebody reads it. */
export const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll(' .', '.')
