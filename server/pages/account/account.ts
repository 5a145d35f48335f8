import type { RequestHandler } from 'express'
import { offersPasskeys } from '../../login/passkeys/relying-party.js'
import { findPerson } from '../../people/find-person.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { findPreferences } from '../../storage/postgres/identity/preferences.js'
import { listConsents } from '../../storage/postgres/openid/consents.js'
import { browserName } from '../../words/client-name.js'
import { shownConsent } from '../openid/learns.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { describeScopes } from '../tokens/form.js'
import { shownQuotas } from './quotas.js'
import { requireSignIn } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

/** Serves the page of the account: the signed-in user as the site knows them, and their scopes. */
export function accountPage(pages: PageServices): RequestHandler {
  const { context, render } = pages
  return requireSignIn(pages, async ({ request, response, user }) => {
    const { session } = user
    const person = await findPerson(context, session.username)
    const { prisma } = context.postgres
    const isLocal = (await findAccount(prisma, session.username)) !== undefined
    const quotas = await shownQuotas(context, session.username, person?.groups ?? [])
    await render(response, 'account/account', {
      layout: layoutOf(context, user),
      username: session.username,
      scopes: describeScopes(context.settings, session.scopes),
      groups: person?.groups ?? [],
      browser: browserName(request.headers['user-agent'], wordsOf(response)),
      signedIn: session.created,
      withheld: session.withheld ?? [],
      preferences: (await findPreferences(prisma, session.username)) ?? { dates: 'language' },
      ...(quotas && { quotas }),
      services: (await listConsents(prisma, session.username)).map((each) => shownConsent(each, wordsOf(response))),
      localAccount: isLocal,
      ...(isLocal && offersPasskeys(context.settings) && { passkeys: await listPasskeys(prisma, session.username) }),
      ...(person?.name !== undefined && { name: person.name }),
      ...(session.email !== undefined && { email: session.email }),
      isEmailVerified: person?.emailVerified === true,
      ...(person?.uid !== undefined && { uid: person.uid }),
      ...(session.expires !== undefined && { expires: session.expires }),
    })
  })
}
