import { randomBytes } from 'node:crypto'
import type { TokenInfo, UserInfo } from './wire.js'

/** The calls that the fake knows, by the names of {@link PosternClient}'s methods. */
export type FakeCall = 'tokenInfo' | 'userInfo' | 'listTokens' | 'createToken' | 'revokeToken' | 'programAccess'

/** `error`: 500. `outage`: 503, as when a store is down. `silence`: no answer at all. `hang-up`: the connection breaks. */
export type FakeFailure = 'error' | 'outage' | 'silence' | 'hang-up'

/** The state of the fake. Its tokens are stored whole: they are valid nowhere else. */
export interface FakeState {
  readonly clock: () => number
  readonly tokens: Map<string, TokenInfo>
  readonly people: Map<string, Omit<UserInfo, 'username'>>
  /** The readers of a program: all clients, or these users. */
  readonly programs: Map<string, 'public' | readonly string[]>
  readonly failures: Map<FakeCall, FakeFailure>
  readonly calls: FakeCall[]
}

/** Makes a token; the API's rules are checked elsewhere. */
export function addToken(state: FakeState, info: Omit<TokenInfo, 'key' | 'created'>): string {
  const [key, secret] = [randomPart(), randomPart()]
  const text = `gt-${key}.${secret}`
  state.tokens.set(text, { ...info, key, scopes: [...new Set(info.scopes)].sort(), created: state.clock() })
  return text
}

/** A user's tokens that have not run out, the newest first. */
export function tokensOf(state: FakeState, username: string): TokenInfo[] {
  const alive = [...state.tokens.values()].filter((token) => token.username === username && isAlive(state, token))
  return alive.sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

export function isAlive({ clock }: FakeState, { expires }: TokenInfo): boolean {
  return expires === undefined || clock() < expires
}

function randomPart(): string {
  return randomBytes(16).toString('base64url')
}
