import { Router } from 'express'
import type { TokenRecord } from '../../core/token/record.js'
import { findPerson } from '../../people/find-person.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { findPreferences } from '../../storage/postgres/identity/preferences.js'
import { listNotices } from '../../storage/postgres/notices/notices.js'
import { listConsents } from '../../storage/postgres/openid/consents.js'
import { listReads } from '../../storage/postgres/programs/reads.js'
import { searchHistory } from '../../storage/postgres/token-history-search.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { listTokens } from '../../tokens/list.js'
import { requireSignIn } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

/** What the export has of the history, and of requests for programs' files, at most; older changes are in the API, page by page. */
const MAX_CHANGES = 10_000

/** Everything that the site stores about the signed-in user, as JSON: no secret of a token, and no hash of one, is among it. */
export function exportPage(pages: PageServices): Router {
  const { context } = pages
  const { prisma } = context.postgres
  return Router().get(
    '/auth/account/export',
    requireSignIn(pages, async ({ response, user }) => {
      const { username } = user.session
      const [person, account, preferences, tokens, sessions, passkeys, services, notices, history, programRequests] =
        await Promise.all([
          findPerson(context, username),
          findAccount(prisma, username),
          findPreferences(prisma, username),
          listTokens(context, username),
          liveSessions(context, username),
          listPasskeys(prisma, username),
          listConsents(prisma, username),
          listNotices(context.postgres, username),
          searchHistory(context.postgres, { username }, { limit: MAX_CHANGES }),
          listReads(context.postgres, { username }, MAX_CHANGES),
        ])
      const { passwordHash: _secret, ...localAccount } = account ?? { passwordHash: undefined }
      response.set('Cache-Control', 'no-store').attachment(`${username}.json`)
      response.json({
        username,
        person,
        ...(account && { localAccount }),
        preferences,
        tokens: tokens.map(withoutSecrets),
        sessions: sessions.map(withoutSecrets),
        passkeys: passkeys.map(({ id, name, created, lastUsed }) => ({ id, name, created, lastUsed })),
        services,
        notices,
        history: history.changes,
        programRequests,
      })
    }),
  )
}

/** What is named here, and nothing else, leaves the site: a field that is added to tokens later is not among it by mistake. */
function withoutSecrets({ key, type, name, scopes, created, expires, service, parent, lastUsed }: TokenRecord) {
  return { key, type, name, scopes, created, expires, service, parent, lastUsed }
}
