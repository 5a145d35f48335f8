import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { isUnavailable } from '../../storage/unavailable.js'
import { UNAVAILABLE } from '../unavailable.js'

type GiveBack = () => Promise<void>

/** Milliseconds between two attempts: a client is told to come again after some seconds. */
const AGAIN_MS = 500
/** As long as clients try again, in milliseconds. */
const PATIENCE_MS = 600_000

/** What requests under way have used up: codes, refresh tokens and approvals of devices. */
const usedBy = new WeakMap<IncomingMessage, readonly GiveBack[]>()

/** Notes that a request has used something up, and how that is undone. */
export function noteUsed(request: IncomingMessage | undefined, giveBack: GiveBack): void {
  if (request) usedBy.set(request, [...(usedBy.get(request) ?? []), giveBack])
}

/**
 * Gives back what was used up by a request which then failed for a store, and so got nothing for it. The client is told to try
 * again; without this its second try would count as a replay, and end all that the user gave it, and a device would have to ask
 * its user anew.
 *
 * Attack: the code is presented by a thief meanwhile. The thief is refused and the grant revoked; a code that is given back
 * then leads to no grant.
 */
export async function giveBackUnanswered(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  if (ctx.status !== UNAVAILABLE.status) return
  await Promise.all((usedBy.get(ctx.req) ?? []).map(giveBackInTime))
}

/** Gives something back now, or when the store that has it answers again: it may be the one for which the request failed. */
export async function giveBackInTime(giveBack: GiveBack): Promise<void> {
  try {
    await giveBack()
  } catch (error) {
    if (!isUnavailable(error)) throw error
    void giveBackLater(giveBack)
  }
}

async function giveBackLater(giveBack: GiveBack): Promise<void> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
    await sleep(AGAIN_MS, undefined, { ref: false })
    const isDone = await giveBack().then(
      () => true,
      () => false,
    )
    if (isDone) return
  }
}
