import { setTimeout as sleep } from 'node:timers/promises'
import { ASKED } from '../../support/postern.js'

/** Clients that check, create and revoke tokens, and never try twice. */
export interface Users {
  /** How many requests were answered as they must be. */
  answered(): number
  /** Lets them finish what they are at. What was dropped or refused, in words. */
  stop(): Promise<readonly string[]>
}

const CHECKERS = 3
const CREATORS = 2
/** The tests share the machine. */
const PAUSE_MS = 5

/** Returns whether a token is valid at an address, as a status. */
export async function check(url: string, token: string): Promise<number> {
  const headers = { ...ASKED, Authorization: `Bearer ${token}` }
  return (await fetch(`${url}/ingress/auth?scope=read:tap`, { headers })).status
}

/** Creates a token with another. */
export async function create(url: string, token: string, name: string): Promise<{ status: number; token: string }> {
  const body = JSON.stringify({ token_name: name, scopes: ['read:tap'] })
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const made = await fetch(`${url}/auth/api/v1/users/ada/tokens`, { method: 'POST', headers, body })
  return { status: made.status, token: String(((await made.json()) as { token?: string }).token) }
}

export function startUsers(url: string, token: string): Users {
  const problems: string[] = []
  let answered = 0
  let stopping = false

  const expecting = async (what: string, wanted: number, act: () => Promise<number>) => {
    const status = await act().catch((error: Error) => `${error.message} ${String(error.cause)}`)
    if (status === wanted) answered++
    else problems.push(`${what}: ${status}`)
  }
  const revoke = async (each: string) => {
    const address = `${url}/auth/api/v1/users/ada/tokens/${each.slice(3, 25)}`
    return (await fetch(address, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })).status
  }
  const repeat = async (act: () => Promise<void>) => {
    while (!stopping) {
      await act()
      await sleep(PAUSE_MS)
    }
  }
  let count = 0
  const createAndRevoke = async () => {
    let made = ''
    await expecting('create', 201, async () => {
      const created = await create(url, token, `of the day ${count++}`)
      made = created.token
      return created.status
    })
    if (made === '') return
    await expecting('check of a new token', 200, () => check(url, made))
    await expecting('revoke', 204, () => revoke(made))
    await expecting('check of a revoked token', 401, () => check(url, made))
  }
  const clients = [
    ...Array.from({ length: CHECKERS }, () => repeat(() => expecting('check', 200, () => check(url, token)))),
    ...Array.from({ length: CREATORS }, () => repeat(createAndRevoke)),
  ]
  return {
    answered: () => answered,
    async stop() {
      stopping = true
      await Promise.all(clients)
      return problems
    },
  }
}
