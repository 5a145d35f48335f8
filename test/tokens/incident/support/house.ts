import { Refusal } from '../../../../server/core/access/refusal.js'
import { INTERNAL } from '../../../../server/core/token/history.js'
import type { TokenRecord, TokenType } from '../../../../server/core/token/record.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import { Secret } from '../../../../server/core/token/secret.js'
import { mintToken, parseToken, type Token, type TokenKey } from '../../../../server/core/token/token.js'
import { importTokens } from '../../../../server/storage/postgres/imports/import-tokens.js'
import { commit } from '../../../../server/storage/unit-of-work.js'
import { authenticate } from '../../../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../../../server/tokens/create-for-user.js'
import { createUserToken } from '../../../../server/tokens/create-user-token.js'
import { delegate } from '../../../../server/tokens/delegate.js'
import { insertChild } from '../../../../server/tokens/insert-child.js'
import { gafaelfawrValue, secretHashOf } from '../../../support/gafaelfawr/values.js'
import type { RunningPostern } from '../../../support/postern.js'

export const SCOPES = ['read:tap', 'user:token'] as Scope[]

/** Every kind of token, by where it is stored and how it came to be. */
export const KINDS = [
  ...(['session', 'user', 'service', 'notebook', 'internal', 'oidc', 'heir'] as const),
  ...(['imported session', 'imported notebook'] as const),
] as const
export type Kind = (typeof KINDS)[number]

/** A kind and all that falls with it. */
export const FALLS_WITH: Readonly<Record<Kind, readonly Kind[]>> = {
  session: ['session', 'notebook', 'internal', 'oidc'],
  notebook: ['notebook', 'internal'],
  internal: ['internal'],
  oidc: ['oidc'],
  user: ['user', 'heir'],
  heir: ['heir'],
  service: ['service'],
  'imported session': ['imported session', 'imported notebook'],
  'imported notebook': ['imported notebook'],
}

/** A user with one token of each kind. The heir was made with the user token. */
export interface House {
  readonly username: string
  readonly tokens: Readonly<Record<Kind, Token>>
  /** The owner of a token: service tokens have another. */
  readonly ownerOf: (kind: Kind) => string
}

export function done<T>(outcome: T | Refusal): T {
  if (outcome instanceof Refusal) throw new Error(`${outcome.code}: ${outcome.message}`)
  return outcome
}

export async function recordOf({ context }: RunningPostern, token: Token): Promise<TokenRecord> {
  const record = await authenticate(context, token)
  if (!record) throw new Error('The token is not valid')
  return record
}

/** Makes a token with another one. */
export async function makeWith({ context }: RunningPostern, maker: TokenRecord, name: string) {
  return createUserToken(context, maker, { name, scopes: SCOPES }, { username: maker.username })
}

export async function houseOf(postern: RunningPostern, username: string): Promise<House> {
  const { context } = postern
  const session = done(parseToken(await postern.session(username)))
  const below = async (parent: Token, type: 'notebook' | 'internal') => {
    const wish = type === 'notebook' ? { type } : { type, service: 'tap', scopes: SCOPES }
    return done(await delegate(context, await recordOf(postern, parent), wish))
  }
  const notebook = await below(session, 'notebook')
  const internal = await below(notebook, 'internal')
  const user = done(await makeWith(postern, await recordOf(postern, session), 'topcat')).token
  const heir = done(await makeWith(postern, await recordOf(postern, user), 'heir')).token
  const bot = { username: `bot-${username}`, type: 'service' as const, scopes: SCOPES }
  const service = done(await createTokenForUser(context, bot, { username: 'root' })).token
  const [importedSession, importedNotebook] = await importTwo(postern, username)
  return {
    username,
    tokens: {
      ...{ session, notebook, internal, user, heir, service, oidc: await oidcOf(postern, session) },
      'imported session': importedSession,
      'imported notebook': importedNotebook,
    },
    ownerOf: (kind) => (kind === 'service' ? bot.username : username),
  }
}

async function oidcOf({ context, now }: RunningPostern, session: Token): Promise<Token> {
  const token = mintToken('redis', context.random, context.keys.tokenKeys[0])
  const { username } = done((await authenticate(context, session)) ?? new Refusal('invalid_token'))
  const made = { ...{ key: token.key, type: 'oidc' as const, username, scopes: SCOPES, created: now() }, depth: 1 }
  done(
    await insertChild(context, { ...made, parent: session.key, expires: now() + 30 * 86_400 }, token, {
      actor: { username },
    }),
  )
  return token
}

async function importTwo({ context, now }: RunningPostern, username: string): Promise<[Token, Token]> {
  const expires = now() + 30 * 86_400
  const values = (['session', 'notebook'] as const).map((type) =>
    gafaelfawrValue({ username, token_type: type, expires, created: now(), scopes: SCOPES }),
  )
  const parent = values[0]?.token.key as TokenKey
  const tokens = values.map((value, at) => ({
    record: {
      ...{ key: value.token.key as TokenKey, type: value.token_type as TokenType, username, scopes: SCOPES },
      ...{ created: now(), expires, granted: true as const, ...(at === 1 && { parent }) },
    },
    secretHash: secretHashOf(value),
  }))
  await commit(context, (work) => importTokens(work, tokens, { source: 'gafaelfawr', actor: INTERNAL, now: now() }))
  const [session, notebook] = values.map(
    ({ token }): Token => ({ key: token.key as TokenKey, secret: new Secret(token.secret) }),
  )
  if (!session || !notebook) throw new Error('Nothing was imported')
  return [session, notebook]
}
