import { Router } from 'express'
import { isTokenKey } from '../../core/token/token.js'
import { type ListQuery, listAddress, readListQuery } from '../../core/token-list/query.js'
import { matches } from '../../core/token-list/search.js'
import { shownTokens, TOOLS_FROM } from '../../core/token-list/shown.js'
import { listUserTokens } from '../../storage/postgres/tokens.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { delegatedOf } from '../../tokens/imported/imported.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import { listedSession } from '../account/sessions.js'
import type { PageServices } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { type PageSpan, paginate, spanOf } from '../shared/pagination.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from './annotate.js'
import { delegatedFrom } from './delegated-list.js'
import { besideOf } from './list/beside.js'
import { resultOf } from './list/result.js'
import { endedRow, listedRow } from './list/row.js'
import { listTools } from './list/tools.js'
import { listedNotices } from './notices.js'
import { barsOf } from './use-bars.js'
import type { EndedRow, ListedRow } from './view-models.js'

const PATH = '/auth/tokens'

/** The Security Tokens page. */
export function tokenListPage(pages: PageServices): Router {
  const { context, render, at } = pages

  async function showList({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const [words, query, span, now] = [
      wordsOf(response),
      readListQuery(request.query),
      spanOf(request),
      context.clock(),
    ]
    if (typeof request.query.q === 'string' && request.query.q.trim() !== query.search) {
      // Attack: a whole token that was pasted here would stay in the address bar.
      return response.set('Cache-Control', 'no-store').redirect(303, at(listAddress(PATH, query)))
    }
    const { suspensions, owner, ended: isEnded, imported, notices: hasNotices } = besideOf(context, username, now)
    const [unmarked, past, sessions, delegated, mark, notice, notices] = await Promise.all([
      listUserTokens(context.postgres, username),
      isEnded,
      liveSessions(context, username, imported),
      delegatedOf(context, username, imported),
      annotate(context, username, { suspensions, owner }),
      resultOf(request, { context, username, words, at }),
      hasNotices,
    ])
    const all = unmarked.map(mark)
    const { tokens, counts } = shownTokens(all, query, now)
    const ended = past.map(endedRow)
    const foundEnded = past.filter(({ token: key, tokenName: name, scopes }) =>
      matches({ key, scopes, ...(name !== undefined && { name }) }, query.search),
    )
    const hasTools = all.length >= TOOLS_FROM || query.search !== '' || query.show !== undefined
    const shownNotices = listedNotices(notices, words, at)
    const part = query.show === 'ended' ? await endedPart(foundEnded.map(endedRow)) : await livingPart()
    await render(response, 'tokens/list', {
      layout: layoutOf(context, user),
      total: all.length,
      ...part,
      ...(hasTools && { tools: listTools(query, { ...counts, ended: foundEnded.length }, at(PATH)) }),
      ...(!hasTools && ended.length > 0 && { endedLink: { href: at(`${PATH}?show=ended`), count: ended.length } }),
      sessions: sessions.map((each) => listedSession(context.settings, each, user, words)),
      delegated: await delegatedFrom(context, delegated, [...all, ...sessions], words),
      ...(notice && { notice }),
      ...(shownNotices && { notices: shownNotices }),
    })

    async function livingPart() {
      const created = typeof request.query.created === 'string' ? request.query.created : ''
      // The one that was just created is the one that its owner looks for.
      const sorted = [...tokens.filter(({ key }) => key === created), ...tokens.filter(({ key }) => key !== created)]
      const { shown, pages: neighbours } = onePage(sorted, span, query)
      const used = shown.filter(({ lastUsed }) => lastUsed !== undefined)
      const barsFor = await barsOf(
        context,
        used.map(({ key }) => key),
      )
      const key = isTokenKey(created) ? created : undefined
      const userTokens: readonly ListedRow[] = shown.map((token) =>
        listedRow(token, { bars: barsFor(token.key), created: key, now, at, words }),
      )
      return { userTokens, found: tokens.length, ...neighbours }
    }

    async function endedPart(rows: readonly EndedRow[]) {
      const { shown, pages: neighbours } = onePage(rows, span, query)
      return { userTokens: [], ended: shown, found: rows.length, ...neighbours }
    }
  }

  function onePage<T>(rows: readonly T[], span: PageSpan, query: ListQuery) {
    return paginate(rows.slice(span.from, span.from + span.most), span, at(listAddress(PATH, query)))
  }

  return Router().get(PATH, requireSignIn(pages, showList))
}
