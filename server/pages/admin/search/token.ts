import { Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { hasRunOut, mergedHistory } from '../../../core/incident/suspension.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import { isTokenKey, type TokenKey } from '../../../core/token/token.js'
import { countNeighbours, findLastChange } from '../../../storage/postgres/search/tokens.js'
import { listSuspensionChanges } from '../../../storage/postgres/suspensions/changes.js'
import { listHeirs } from '../../../storage/postgres/token-heirs.js'
import { listTokenHistory } from '../../../storage/postgres/token-history.js'
import { suspensionOf } from '../../../tokens/incident/suspension-of.js'
import { getToken, ownerOf } from '../../../tokens/list.js'
import type { Words } from '../../../words/words.js'
import { requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { annotate } from '../../tokens/annotate.js'
import { describeScopes } from '../../tokens/form.js'
import { useOf } from '../../tokens/use.js'
import { adminToken, pastTitle } from '../token-row.js'
import { fromHistory, treeOf } from './tree.js'
import type { AdminTokenPage } from './view-models.js'

/** For so many addresses the page says what else was used there. */
const MAX_ADDRESSES = 10

/** Serves one token of any type and any user, also after its end. */
export function adminTokenPages(pages: PageServices): Router {
  const { context, render } = pages
  const { prisma } = context.postgres

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const { key } = request.params
    const isKey = typeof key === 'string' && isTokenKey(key)
    const model = isKey ? await modelOf(key, user, wordsOf(response)) : undefined
    if (!model) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await render(response, 'search/token', model)
  }

  async function modelOf(key: TokenKey, user: SignedInUser, words: Words): Promise<AdminTokenPage | undefined> {
    const last = await findLastChange(prisma, key)
    const username = (await ownerOf(context, key)) ?? last?.username
    if (username === undefined) return undefined
    const live = await getToken(context, username, key)
    const history = await listTokenHistory(prisma, username, key)
    const first = history.at(-1)
    const ended = last &&
      first && {
        ...fromHistory(last),
        username,
        scopes: last.scopes,
        created: first.at,
        ...(last.expires !== undefined && { expires: last.expires }),
      }
    const record = live ?? ended
    if (!record) return undefined
    const [mark, use, heirs, neighbours, tree, suspended, suspension] = await Promise.all([
      annotate(context, username),
      useOf(context, username, key),
      listHeirs(prisma, key),
      countNeighbours(context.postgres, key, MAX_ADDRESSES),
      treeOf(context, { ...record, ended: live === undefined }, words),
      listSuspensionChanges(prisma, username, key),
      live && suspensionOf(context, live),
    ])
    const expired = last?.action === 'expire' || hasExpired(record.expires, context.clock())
    const token = live
      ? adminToken(mark(live), words)
      : { ...adminToken(record, words), what: pastTitle(record, words) }
    return {
      layout: layoutOf(context, user),
      username,
      token,
      scopes: describeScopes(context.settings, token.scopes),
      state: live ? (suspension ? 'suspended' : 'live') : expired ? 'expired' : 'revoked',
      ...(suspension && { suspension: { ...suspension, canBeLifted: !hasRunOut(suspension, context.clock()) } }),
      ...tree,
      heirs: heirs.map(({ key, name = key }) => ({ key, name })),
      ...(live?.makers?.[0] !== undefined && { maker: live.makers[0] }),
      use,
      neighbours,
      history: mergedHistory(history, suspended),
    }
  }

  return Router().get('/tokens/:key', requireSignIn(pages, show))
}
