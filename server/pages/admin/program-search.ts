import { Router } from 'express'
import { findByText } from '../../programs/list.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { listedProgram } from '../programs/program-row.js'
import { layoutOf } from '../shared/layout.js'

/** How many programs a search lists. */
const MAX_PROGRAMS_SHOWN = 50

/** Where administrators find a program; its own page is the one that its investigators have. */
export function adminProgramPages(pages: PageServices): Router {
  const { context, render } = pages

  async function search({ request, response, user }: SignedInRequest): Promise<void> {
    const query = typeof request.query.program === 'string' ? request.query.program.slice(0, 100) : ''
    const { programs, more } =
      query.trim() === '' ? { programs: [], more: false } : await findByText(context, query, MAX_PROGRAMS_SHOWN)
    await render(response, 'admin/program-search', {
      layout: layoutOf(context, user),
      query,
      programs: programs.map((program) => listedProgram(program, 'none', context.clock())),
      more,
    })
  }

  return Router().get('/programs', requireSignIn(pages, search))
}
