import type { Request } from 'express'
import { actorOf } from '../../authn/actor.js'
import { browserSession } from '../../authn/browser-session.js'
import type { Actor } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import { isInvestigator } from '../../programs/list.js'
import type { Context } from '../../storage/context.js'
import { isUnavailable } from '../../storage/unavailable.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import type { Render } from '../shared/render.js'

/** The user who views a page, and the actor for the history. */
export interface SignedInUser {
  readonly session: TokenRecord
  readonly actor: Actor
  /** Whether they are an investigator of some program, so that the menu leads there. */
  readonly investigator?: true
}

/** The services of the pages' controllers. */
export interface PageServices {
  readonly context: Context & RecordsUsage
  readonly render: Render
  /** Returns the path that a browser is given for an own path; see `core/site/base-path.ts`. */
  readonly at: (path: string) => string
}

/** The person whose session cookie a request carries. Pages are for people: no other token opens them. */
export async function signedInUser(
  { context }: Pick<PageServices, 'context'>,
  request: Request,
): Promise<SignedInUser | undefined> {
  const session = await browserSession(context, request.headers.cookie)
  if (!session) return undefined
  context.usage.record(session, context.clock(), request.ip, request.headers['user-agent'])
  return {
    session,
    actor: actorOf(request, 'page', session),
    ...((await investigates(context, session.username)) && { investigator: true }),
  }
}

/** For an entry of the menu, without which a page is still a page: it is shown while the database is down, too. */
async function investigates(context: Context, username: string): Promise<boolean> {
  try {
    return context.settings.programs !== undefined && (await isInvestigator(context, username))
  } catch (error) {
    if (isUnavailable(error)) return false
    throw error
  }
}
