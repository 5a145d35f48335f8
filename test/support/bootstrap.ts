import { randomBytes } from 'node:crypto'
import { bearer, Caller } from './clients/caller.js'

/** A token for POSTERN_BOOTSTRAP_TOKEN. */
export function bootstrapToken(): string {
  const part = () => randomBytes(16).toString('base64url')
  return `gt-${part()}.${part()}`
}

export interface Wanted {
  readonly username: string
  readonly token_name: string
  readonly scopes: readonly string[]
}

/** Makes a user token as an operator does who has nothing yet. */
export async function makeFirst(port: number, bootstrap: string, wanted: Wanted): Promise<string> {
  const caller = new Caller(port)
  const body = { ...wanted, token_type: 'user' }
  const made = await caller.ask({ method: 'POST', path: '/auth/api/v1/tokens', headers: bearer(bootstrap), body })
  caller.close()
  if (made instanceof Error) throw made
  if (made.status !== 201) throw new Error(`The token was not made: ${made.status} ${made.text()}`)
  return (made.json() as { token: string }).token
}
