import type { Request, RequestHandler } from 'express'
import type { TokenRecord } from '../../core/token/record.js'
import { homeOf, isTokenKey } from '../../core/token/token.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { type PageServices, type SignedInUser, signedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { shownRecipes, TOKEN_WORD } from './shown.js'

/** Serves `/auth/help/use`: how programs use a token. With `?token=KEY`, for what that token of the user's can do. */
export function howToUsePage(pages: PageServices): RequestHandler {
  const { context, render } = pages
  return async (request, response) => {
    const user = await signedInUser(pages, request)
    const token = user && (await tokenOf(pages, request, user))
    await render(response, 'recipes/how-to-use', {
      layout: layoutOf(context, user),
      word: TOKEN_WORD,
      recipes: shownRecipes(context.settings, wordsOf(response), {
        token: TOKEN_WORD,
        ...(token && { scopes: token.scopes, name: token.name }),
      }),
      ...(token && { name: token.name ?? token.key }),
    })
  }
}

async function tokenOf(
  { context }: PageServices,
  { query }: Request,
  user: SignedInUser,
): Promise<TokenRecord | undefined> {
  const key = query.token
  if (typeof key !== 'string' || !isTokenKey(key) || homeOf(key) !== 'postgres') return undefined
  return getUserToken(context.postgres.prisma, user.session.username, key)
}
