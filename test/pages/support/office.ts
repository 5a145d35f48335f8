import { beforeAll } from '@jest/globals'
import request from 'supertest'
import type { TokenKey } from '../../../server/core/token/token.js'
import { type HistoryFilter, searchHistory } from '../../../server/storage/postgres/token-history-search.js'
import { listTokens } from '../../../server/tokens/list.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { useSite } from './site.js'

/** A site for the tests of one file, and the administrator `root-admin` at a browser. */
export function useOffice(settings: Readonly<Record<string, unknown>> = {}) {
  const { site, someone } = useSite(settings)
  let admin: Visitor

  beforeAll(async () => {
    admin = await signedIn(site(), 'root-admin', ['admins'])
  })

  /** The check's answer to a token. */
  const ask = (token: string, query = '') =>
    request(site().server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, Authorization: `Bearer ${token}` })

  return {
    site,
    admin: () => admin,
    someone,
    ask,
    tokensOf: (username: string) => listTokens(site().context, username),
    changes: async (filter: HistoryFilter = {}) =>
      (await searchHistory(site().context.postgres, filter, { limit: 5000 })).changes,
    /** A user with a user token, a session, and a notebook token that was delegated from it. */
    async busyPerson() {
      const username = someone()
      const token = await site().token(username, { name: 'topcat' })
      const session = await site().session(username)
      await ask(session, 'notebook=true')
      return { username, key: keyOf(token), token, session }
    },
  }
}

export const keyOf = (token: string) => token.slice(3, 25) as TokenKey
