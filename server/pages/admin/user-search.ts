import { Router } from 'express'
import { isUsername } from '../../core/people/identifiers.js'
import { searchPeople } from '../../storage/postgres/people-search.js'
import { isInHistory } from '../../storage/postgres/token-history.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'

/** How many people a search lists. */
const MAX_USERS_SHOWN = 50

/** Finds a user for administrators. */
export function adminSearchPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function search({ request, response, user }: SignedInRequest): Promise<void> {
    const query = typeof request.query.user === 'string' ? request.query.user.slice(0, 100) : ''
    const start = plainly(query)
    const found = start === '' ? [] : await searchPeople(context.postgres, start, context.clock(), MAX_USERS_SHOWN + 1)
    if (await isJust(start, found)) return response.redirect(303, at(`/auth/admin/users/${start}`))
    await render(response, 'admin/user-search', {
      layout: layoutOf(context, user),
      query,
      people: found.slice(0, MAX_USERS_SHOWN),
      more: found.length > MAX_USERS_SHOWN,
    })
  }

  /** Returns whether only one user can be meant. A user of another source may have no account and no token, but a history. */
  async function isJust(name: string, found: readonly { readonly username: string }[]): Promise<boolean> {
    if (found.length > 0) return found.length === 1 && found[0]?.username === name
    return isUsername(name) && isInHistory(prisma, name)
  }

  const page = requireSignIn(pages, search)
  return Router().get('/', (request, response, next) =>
    request.query.user === undefined ? next() : page(request, response, next),
  )
}

/** Normalises a user name: it may be pasted with spaces around it, or begin with a capital. */
function plainly(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toLowerCase()
}
