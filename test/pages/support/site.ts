import { afterAll, beforeAll } from '@jest/globals'
import { listUserTokens } from '../../../server/storage/postgres/tokens.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import type { Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

/** A site for the tests of one file. */
export function useSite(settings: Readonly<Record<string, unknown>> = {}) {
  let postern: RunningPostern
  let nextUser = 0

  beforeAll(async () => {
    postern = await startPostern({ settings })
  })
  afterAll(() => postern.stop())

  return {
    site: () => postern,
    someone: () => `person-${++nextUser}`,
    tokensOf: (username: string) => listUserTokens(postern.context.postgres, username),
    sessionsOf: (username: string) => listSessions(postern.context, username, postern.now()),
  }
}

export const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/

/** Sends the form that makes a token. */
export const create = (visitor: Visitor, fields: Record<string, string | string[]> = {}) =>
  visitor.post('/auth/tokens', { name: 'topcat', scope: ['read:tap'], expires: '30d', ...fields })
