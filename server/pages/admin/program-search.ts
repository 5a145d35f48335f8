import { type Request, type Response, Router } from 'express'
import { findByText } from '../../programs/list.js'
import { forPerson } from '../account/require-sign-in.js'
import type { Pages, Person } from '../account/signed-in-user.js'
import { listedProgram } from '../programs/program-row.js'
import { frameOf } from '../shared/layout.js'

/** How many programs a search lists. */
const MOST = 50

/** Where administrators find a program; its own page is the one that its investigators have. */
export function adminProgramPages(pages: Pages): Router {
  const { context, render } = pages

  async function search(request: Request, response: Response, person: Person): Promise<void> {
    const query = typeof request.query.program === 'string' ? request.query.program.slice(0, 100) : ''
    const { programs, more } =
      query.trim() === '' ? { programs: [], more: false } : await findByText(context, query, MOST)
    await render(response, 'admin-programs', {
      frame: frameOf(context, person),
      query,
      programs: programs.map((program) => listedProgram(program, 'none', context.clock())),
      more,
    })
  }

  return Router().get('/programs', forPerson(pages, search))
}
