import { createHash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { authenticateRequest } from '../../authn/authenticate-request.js'
import { Refusal } from '../../core/access/refusal.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import type { Context } from '../../storage/context.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import type { LimitsCalls } from '../call-limiter.js'
import { type UserInfo, userInfo } from '../schemas/user-info.js'

/** MAST's answer to "who am I?", field for field. */
interface Whoami {
  readonly anon: boolean
  /** The user name. */
  readonly ezid: string
  /** The user name at this site, in the form of an e-mail address. */
  readonly eppn: string
  readonly attrib: Readonly<Record<string, string>>
  readonly scopes: readonly Scope[]
  /** The session's key, which authenticates no client. */
  readonly session: string | null
  /** The beginning of the token, by which its owner recognises it. */
  readonly token: string | null
}

const ANONYMOUS: Whoami = {
  anon: true,
  ezid: 'anonymous',
  eppn: '',
  attrib: {},
  scopes: [],
  session: null,
  token: null,
}

/**
 * Serves `GET /whoami`, and `GET /info` for scripts: the caller in MAST's form. Always 200: astroquery reads the body and
 * reports a missing or bad token by its content.
 */
export function whoami(context: Context & RecordsUsage & LimitsCalls): RequestHandler {
  return async (request, response) => {
    const { tokenCookies } = context.settings
    const identified = await authenticateRequest(context, request.headers, { allowCookies: true, tokenCookies })
    const caller = identified instanceof Refusal ? undefined : identified.token
    if (caller && !(await context.calls.admit(caller.key, response))) return
    response.set('Cache-Control', 'no-store').json(caller ? await describe(context, request, caller) : ANONYMOUS)
  }
}

async function describe(context: Context & RecordsUsage, request: Request, token: TokenRecord): Promise<Whoami> {
  context.usage.record(token, context.clock(), request.ip, request.headers['user-agent'])
  return {
    anon: false,
    ezid: token.username,
    eppn: `${token.username}@${context.settings.baseUrl.hostname}`,
    attrib: attributes(await userInfo(context, token)),
    scopes: token.scopes,
    ...shown(token),
  }
}

const SHOWN_LENGTH = 8

function shown({ type, key }: TokenRecord): Pick<Whoami, 'session' | 'token'> {
  if (type === 'session') return { session: key, token: null }
  return { session: null, token: `${`gt-${key}`.slice(0, SHOWN_LENGTH)}...` }
}

function attributes({ username, name = username, email = '' }: UserInfo): Whoami['attrib'] {
  const [, first = name, last = ''] = /^(.*\S)\s+(\S+)$/.exec(name) ?? []
  return {
    uuid: uuidOf(username),
    first_name: first,
    last_name: last,
    display_name: name,
    email,
    internal: '0',
    Jwstcalengdataaccess: 'false',
  }
}

/** Derives a stable identifier of a user name, in the form that clients expect (RFC 9562 §5.8, the version for vendors). */
function uuidOf(username: string): string {
  const bytes = createHash('sha256').update(`postern user ${username}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
