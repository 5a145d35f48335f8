import { type Request, type Response, Router } from 'express'

type MarkedResponse = Response<unknown, { taken?: Set<string> }>

/**
 * Refuses the methods that no route of an address takes, and sets `Allow`. It stands after the routers. A request whose method
 * is taken comes here when its route found nothing, and goes on.
 */
export function otherMethods(
  routers: readonly Router[],
  refuse: (response: Response, request: Request) => unknown,
): Router {
  const last = Router()
  for (const [path, methods] of methodsByPath(routers)) {
    // Of each path that matches: `/login/:provider` matches `/login/again`, too.
    last.all(path, (_request, response: MarkedResponse, next) => {
      response.locals.taken = new Set([...(response.locals.taken ?? []), ...methods])
      next()
    })
  }
  return last.use((request, response: MarkedResponse, next) => {
    const { taken } = response.locals
    if (!taken || taken.has(request.method === 'HEAD' ? 'GET' : request.method)) return next()
    response.set('Allow', [...taken].join(', '))
    return refuse(response, request)
  })
}

/** Routers within a router count where they have no path of their own. */
function methodsByPath(routers: readonly Router[], found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  for (const { route, handle } of routers.flatMap(({ stack }) => stack)) {
    if (isRouter(handle)) methodsByPath([handle], found)
    if (!route) continue
    const methods = found.get(route.path) ?? new Set()
    for (const { method } of route.stack) methods.add(method.toUpperCase())
    found.set(route.path, methods)
  }
  return found
}

function isRouter(handler: unknown): handler is Router {
  return typeof handler === 'function' && 'stack' in handler
}
