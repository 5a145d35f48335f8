/** A token as the model knows it: what was done to it, and nothing of how Postern keeps it. */
export interface ModelToken {
  readonly text: string
  readonly username: string
  readonly scopes: readonly string[]
  /** Seconds from the beginning of the test. */
  readonly expires?: number
  readonly revoked?: true
  readonly service?: string
  readonly parent?: ModelToken
}

export interface ModelRequirement {
  readonly scopes: readonly string[]
  readonly any: boolean
  readonly username?: string
  readonly onlyService?: string
  readonly lifetime?: number
  readonly cookies: boolean
  /** Whether the location asks for the named cookie, too. */
  readonly asksNamed: boolean
  readonly optional: 'false' | 'true' | 'strict'
  readonly options: boolean
}

export type Header =
  | { readonly kind: 'none' | 'password' | 'nothing' | 'malformed' | 'no token' }
  | { readonly kind: 'bearer' | 'token' | 'user' | 'password field'; readonly token: ModelToken }

export interface ModelRequest {
  readonly requirement: ModelRequirement
  readonly session?: ModelToken
  readonly header: Header
  readonly named?: ModelToken
  readonly ajax: boolean
  readonly method: 'GET' | 'OPTIONS'
  /** Seconds from the beginning of the test. */
  readonly at: number
}

/** `200 ada`, `200 -` for the anonymous, or the status and the true status: `403 400`. */
export function expected(request: ModelRequest): string {
  const { requirement, method } = request
  if (method === 'OPTIONS') return requirement.options ? '200 -' : '403 404'
  const verdict = judge(request)
  if (verdict.startsWith('200')) return verdict
  const lenient = requirement.optional === 'true' || (requirement.optional === 'strict' && verdict === 'anonymous')
  if (lenient) return '200 -'
  if (verdict === 'anonymous' || verdict === 'too short') return request.ajax ? '403 -' : '401 -'
  return verdict
}

function judge(request: ModelRequest): string {
  const { requirement, header, at } = request
  const session = requirement.cookies ? request.session : undefined
  if (session && lives(session, at)) return admit(requirement, session, at)
  if (header.kind === 'malformed') return '403 400'
  if (header.kind === 'no token') return '401 401'
  if ('token' in header) return lives(header.token, at) ? admit(requirement, header.token, at) : '401 401'
  const named = requirement.cookies && requirement.asksNamed ? request.named : undefined
  return named && lives(named, at) ? admit(requirement, named, at) : 'anonymous'
}

function admit(
  { scopes, any, username, onlyService, lifetime }: ModelRequirement,
  token: ModelToken,
  at: number,
): string {
  if (lifetime !== undefined && ends(token) - at < lifetime) return 'too short'
  const may = new Set(mayDo(token))
  const held = scopes.filter((each) => may.has(each)).length
  if (any ? held === 0 : held < scopes.length) return '403 403'
  if (username !== undefined && username !== token.username) return '403 403'
  if (onlyService !== undefined && onlyService !== token.service) return '403 403'
  return `200 ${token.username}`
}

const lives = (token: ModelToken, at: number): boolean =>
  !token.revoked && at < ends(token) && (token.parent === undefined || lives(token.parent, at))

const ends = (token: ModelToken): number =>
  Math.min(token.expires ?? Number.POSITIVE_INFINITY, token.parent ? ends(token.parent) : Number.POSITIVE_INFINITY)

const mayDo = (token: ModelToken): readonly string[] =>
  token.parent ? token.scopes.filter((each) => mayDo(token.parent as ModelToken).includes(each)) : token.scopes
