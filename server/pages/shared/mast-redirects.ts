import { Router } from 'express'

/** Where MAST's users and programs look for what is elsewhere here; astroquery prints the first of them. */
const REDIRECTS = { '/token': '/auth/tokens/new', '/tokens': '/auth/tokens', '/sessions': '/auth/sessions' } as const

/** MAST's addresses lead to the pages, with the settings that a link suggests. */
export function mastRedirects(at: (path: string) => string): Router {
  const router = Router()
  for (const [from, to] of Object.entries(REDIRECTS)) {
    router.get(from, ({ originalUrl }, response) => {
      const mark = originalUrl.indexOf('?')
      response.redirect(303, at(mark < 0 ? to : `${to}${originalUrl.slice(mark)}`))
    })
  }
  return router
}
