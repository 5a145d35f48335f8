import type { RunningPostern } from '../../support/postern.js'

/** Tokens of a site by what has become of them. */
export interface Stock {
  readonly living: readonly string[]
  readonly revoked: readonly string[]
  readonly expired: readonly string[]
  /** Revoked and expired ones. */
  readonly dead: readonly string[]
}

const USERS = ['ada', 'grace', 'mary', 'vera'] as const
const OF_EACH_USER = 10
const HOUR = 3600

/** Issues user tokens, sessions and delegated ones, some of which are revoked or expire. */
export async function issueStock(postern: RunningPostern): Promise<Stock> {
  const living: string[] = []
  const revoked: string[] = []
  const expired: string[] = []
  for (const user of USERS) {
    for (let count = 0; count < OF_EACH_USER; count++) {
      living.push(await postern.token(user))
      revoked.push(await postern.token(user))
      expired.push(await postern.token(user, { expires: postern.now() + HOUR }))
    }
    for (let count = 0; count < OF_EACH_USER / 2; count++) {
      living.push(await postern.session(user))
      revoked.push(await postern.session(user))
    }
  }
  for (const parent of living.filter((_, at) => at % 5 === 0)) living.push(await delegatedFrom(parent, postern))
  const doomed = await delegatedFrom(revoked[0] ?? '', postern)
  for (const each of revoked) await postern.revoke(each)
  // One whose parent was revoked, and is refused with it.
  return { living, revoked: [...revoked, doomed], expired, dead: [...revoked, ...expired] }
}

/** How far the clocks go on before the forgeries, so that those which expire have expired. */
export const LATER = HOUR + 1

async function delegatedFrom(parent: string, { url }: RunningPostern): Promise<string> {
  const response = await fetch(`${url}/ingress/auth?delegate_to=images&delegate_scope=read:tap`, {
    headers: {
      'X-Original-URL': 'https://data.example.org/images',
      'X-Original-Method': 'GET',
      Authorization: `Bearer ${parent}`,
    },
  })
  const token = response.headers.get('x-auth-request-token')
  if (!token) throw new Error(`No token was delegated: ${response.status}`)
  return token
}
