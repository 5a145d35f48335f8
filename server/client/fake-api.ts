import { z } from 'zod'
import { addToken, type FakeCall, type FakeState, isAlive, tokensOf } from './fake-state.js'
import type { ProgramAccess, TokenInfo } from './wire.js'

export interface FakeRequest {
  readonly authorization: string | undefined
  /** Undefined where no JSON was sent. */
  readonly body: unknown
  readonly username: string
  readonly key: string
}

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const fault = (status: number, type: string, msg: string, loc?: readonly (string | number)[]): FakeAnswer => ({
  status,
  body: { detail: [{ ...(loc && { loc }), msg, type }] },
})

export const NOT_FOUND: FakeAnswer = { status: 404, body: { detail: 'Not Found' } }
export const NOT_JSON = fault(422, 'json_invalid', 'JSON decode error', ['body', 0])
export const OUTAGE = fault(503, 'store_unavailable', 'A store that this needs does not answer')
export const ERROR = fault(500, 'internal_error', 'Something went wrong here')

type Answers = (state: FakeState, caller: TokenInfo, request: FakeRequest) => FakeAnswer

const ANSWERS: Readonly<Record<FakeCall, Answers>> = {
  tokenInfo: (_state, caller) => ({ status: 200, body: wire(caller) }),
  userInfo: ({ people }, { username }) => ({ status: 200, body: { username, groups: [], ...people.get(username) } }),
  listTokens: (state, caller, { username }) =>
    mayActOn(caller, username) ?? {
      status: 200,
      body: tokensOf(state, username).map(({ parent: _parent, ...rest }) => wire(rest)),
    },
  createToken: (state, caller, { username, body }) => mayChange(caller) ?? create(state, caller, username, body),
  revokeToken: (state, caller, { username, key }) =>
    mayChange(caller) ?? mayActOn(caller, username) ?? revoke(state, username, key),
  programAccess: (state, caller, { body }) => programAccess(state, caller, body),
}

/** Answers as Postern does: who is calling comes first, then what is wrong with the body, then whether they may. */
export function answerCall(state: FakeState, call: FakeCall, request: FakeRequest): FakeAnswer {
  const { authorization } = request
  if (authorization === undefined) {
    const detail = { msg: 'Authentication required', type: 'no_authorization' }
    return { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="fake"' }, body: { detail } }
  }
  const caller = state.tokens.get(/^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? '')
  if (caller && isAlive(state, caller)) return ANSWERS[call](state, caller, request)
  const msg = 'Token is not valid'
  const challenge = `Bearer realm="fake", error="invalid_token", error_description="${msg}"`
  return { ...fault(401, 'invalid_token', msg), headers: { 'WWW-Authenticate': challenge } }
}

function mayChange({ tokenType }: TokenInfo): FakeAnswer | undefined {
  if (!['notebook', 'internal', 'oidc'].includes(tokenType)) return undefined
  return fault(403, 'permission_denied', `A token of type ${tokenType} cannot change anything`)
}

function mayActOn({ username, scopes }: TokenInfo, owner: string, onlySelf = false): FakeAnswer | undefined {
  const admin = scopes.includes('admin:token')
  if (username !== owner && (onlySelf || !admin)) {
    return fault(403, 'permission_denied', `Cannot act on tokens for user ${owner}`)
  }
  if (admin || scopes.includes('user:token')) return undefined
  return fault(403, 'permission_denied', 'Missing required user:token scope')
}

const wishSchema = z.object({
  token_name: z.string().min(1).max(64),
  scopes: z.array(z.string()).default([]),
  expires: z.number().nullish(),
})

function create(state: FakeState, caller: TokenInfo, username: string, body: unknown): FakeAnswer {
  const read = wishSchema.safeParse(body)
  if (!read.success) return { status: 422, body: { detail: read.error.issues.map(mistake) } }
  const forbidden = mayActOn(caller, username, true)
  if (forbidden) return forbidden
  const { scopes } = caller
  const { token_name: tokenName, scopes: wanted, expires } = read.data
  if (expires != null && expires < state.clock() + 300) {
    return fault(422, 'invalid_expires', 'Token must be valid for at least five minutes', ['body', 'expires'])
  }
  if (!scopes.includes('admin:token') && !wanted.every((scope) => scopes.includes(scope))) {
    const msg = 'Requested scopes are broader than your current scopes'
    return fault(422, 'invalid_scopes', msg, ['body', 'scopes'])
  }
  if (tokensOf(state, username).some((token) => token.tokenName === tokenName)) {
    return fault(409, 'duplicate_token_name', `Token name ${tokenName} already used`, ['body', 'token_name'])
  }
  const end = expires != null && { expires: Math.floor(expires) }
  const token = addToken(state, { username, tokenType: 'user', tokenName, scopes: wanted, ...end })
  const address = `/auth/api/v1/users/${username}/tokens/${token.slice(3, 25)}`
  return { status: 201, headers: { Location: address }, body: { token } }
}

function revoke({ tokens }: FakeState, username: string, key: string): FakeAnswer {
  const [text] = [...tokens].find(([, token]) => token.key === key && token.username === username) ?? []
  if (text === undefined) return fault(404, 'not_found', 'Token not found', ['path', 'key'])
  tokens.delete(text)
  return { status: 204 }
}

const askedSchema = z.object({ programs: z.array(z.string().max(64)).max(1000) })

function programAccess({ programs }: FakeState, { username, scopes }: TokenInfo, body: unknown): FakeAnswer {
  const read = askedSchema.safeParse(body)
  if (!read.success) return { status: 422, body: { detail: read.error.issues.map(mistake) } }
  const accessTo = (id: string): ProgramAccess => {
    const readers = programs.get(id) ?? []
    if (readers === 'public') return 'public'
    return readers.includes(username) && scopes.includes('exclusive_access') ? 'allowed' : 'exclusive'
  }
  return { status: 200, body: read.data.programs.map((id) => ({ id, access: accessTo(id) })) }
}

function mistake(issue: z.core.$ZodIssue) {
  const loc = ['body', ...issue.path]
  if (issue.code === 'too_small')
    return { loc, msg: 'String should have at least 1 character', type: 'string_too_short' }
  if (issue.code === 'too_big') return { loc, msg: 'String should have at most 64 characters', type: 'string_too_long' }
  if (loc.length > 1 && issue.message.endsWith('undefined')) return { loc, msg: 'Field required', type: 'missing' }
  return { loc, msg: issue.message, type: loc.length > 1 ? 'value_error' : 'model_attributes_type' }
}

function wire(token: TokenInfo) {
  return {
    token: token.key,
    username: token.username,
    token_type: token.tokenType,
    token_name: token.tokenName,
    service: token.service,
    scopes: token.scopes,
    created: token.created,
    expires: token.expires,
    last_used: token.lastUsed,
    parent: token.parent,
  }
}
