import type { Token } from '../../../../server/core/token/token.js'
import { recordRedisUse, recordUseBelow } from '../../../../server/storage/redis/tokens.js'
import { revokeEverything } from '../../../../server/tokens/revoke-everything.js'
import { sweepExpired } from '../../../../server/tokens/sweep-expired.js'
import type { RunningPostern } from '../../../support/postern.js'
import { keyOf, notebook } from './breakings.js'

/** Acts of users and jobs that go on and on. */
export interface Traffic {
  /** How many acts were done. */
  count(): number
  /** Waits until each act is over that is under way now. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const USERS = ['kim', 'lee', 'max', 'noa']

/** A session and its notebook's token, both used, and signing out. */
async function signInAndOut(site: RunningPostern, user: string): Promise<void> {
  const session = await site.session(user)
  const { redis } = site.context
  await recordRedisUse(redis, (await notebook(site, session)).key, { at: site.now() })
  await recordRedisUse(redis, keyOf(session), { at: site.now() })
  await recordUseBelow(redis, keyOf(session), site.now())
  await site.revoke(session)
}

/** A notebook that starts while its user signs out, or revokes the token. */
async function raceOfNotebookAndRevocation(site: RunningPostern, user: string): Promise<void> {
  for (const token of [await site.session(user), await site.token(user)]) {
    // Which of them is first is chance; the notebook of a token that is gone is refused.
    await Promise.allSettled([notebook(site, token), site.revoke(token)])
  }
}

async function notebookThatIsRevoked(site: RunningPostern, user: string): Promise<void> {
  const session = await site.session(user)
  const child: Token = await notebook(site, session)
  await site.revoke(`gt-${child.key}.${child.secret.reveal()}`)
  await notebook(site, session)
}

async function tokenThatEnds(site: RunningPostern, user: string): Promise<void> {
  await site.token(user, { expires: site.now() + 400 })
  await site.revoke(await site.token(user))
}

async function everythingAtOnce(site: RunningPostern, user: string): Promise<void> {
  await Promise.all([site.session(user), site.token(user), site.session(user)])
  await revokeEverything(site.context, user, { username: user })
}

const ACTS = [
  signInAndOut,
  raceOfNotebookAndRevocation,
  notebookThatIsRevoked,
  tokenThatEnds,
  everythingAtOnce,
  async (site: RunningPostern) => void (await sweepExpired(site.context)),
]

/** Has each of some users act, one act after the other. */
export async function startTraffic(site: RunningPostern): Promise<Traffic> {
  for (const user of USERS) await site.account(user)
  const underWay = new Map<string, Promise<void>>()
  let count = 0
  let isStopped = false

  async function loop(user: string, offset: number): Promise<void> {
    for (let turn = offset; !isStopped; turn++) {
      const act = ACTS[turn % ACTS.length]?.(site, user) ?? Promise.resolve()
      underWay.set(user, act)
      await act
      count++
    }
  }

  const loops = USERS.map(loop)
  return {
    count: () => count,
    settled: async () => void (await Promise.all(underWay.values())),
    async stop() {
      isStopped = true
      await Promise.all(loops)
    },
  }
}
