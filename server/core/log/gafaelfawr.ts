import { REFUSALS } from '../access/refusal.js'

type Fields = Readonly<Record<string, unknown>>

/** A line of the log: what happened, and with what. */
export interface LogLine {
  readonly event: string
  readonly fields: Fields
}

/** Gafaelfawr's names of acts, by the action of an audit event. */
const ACTS: Readonly<Record<string, string>> = {
  'token.edit': 'Modified token',
  'token.revoke': 'Deleted token',
  'token.leaked': 'Deleted token',
  'session.revoke': 'Deleted token',
  'sign-out': 'Deleted token',
  'token.expire': 'Expired token',
}

const CREATED: Readonly<Record<string, string>> = {
  user: 'Created new user token',
  service: 'Created new service token',
  notebook: 'Created new notebook token',
  internal: 'Created new internal token',
  oidc: 'Created new OpenID Connect token',
}

/**
 * Returns a line in Gafaelfawr's names, so that the searches and dashboards of a site that moves over go on. Lines that Gafaelfawr does
 * not have keep their event.
 */
export function asGafaelfawr({ event, fields }: LogLine): LogLine {
  if (event === 'audit') return auditLine(fields)
  const { remoteIp, method, auth_uri: url, code, err, ...rest } = fields
  const request = present({ requestMethod: method, requestUrl: url, remoteIp })
  const refusal = typeof code === 'string' && 'required_scopes' in fields ? code : undefined
  return {
    event: refusal === undefined ? event : refusedAs(refusal),
    fields: present({
      ...rest,
      ...(refusal === undefined ? { code } : { error: sentenceOf(refusal) }),
      auth_uri: url,
      httpRequest: request,
      exception: err,
    }),
  }
}

function auditLine(fields: Fields): LogLine {
  const at = (...path: readonly string[]) => path.reduce<unknown>(valueAt, fields)
  const action = String(at('event', 'action'))
  const code = at('event', 'reason')
  const owner = at('user', 'target', 'name')
  const isToken = at('postern', 'object', 'type') === 'token'
  const facts = (name: string) => at('postern', 'after', name) ?? at('postern', 'before', name)
  const request = {
    requestMethod: at('http', 'request', 'method'),
    requestUrl: at('url', 'original'),
    remoteIp: at('source', 'ip'),
  }
  const token = {
    token_key: at('postern', 'object', 'id'),
    token_username: owner,
    token_name: facts('name'),
    token_scopes: facts('scopes'),
    token_service: facts('service'),
    token_expires: dateOf(facts('expires')),
  }
  return {
    event:
      typeof code === 'string'
        ? refusedAs(code)
        : actOf(action, String(facts('type')), { by: at('user', 'name'), owner }),
    fields: present({
      action,
      audit_id: at('event', 'id'),
      error: typeof code === 'string' ? sentenceOf(code) : undefined,
      user: at('user', 'name'),
      token: at('postern', 'token'),
      ...(isToken && token),
      httpRequest: present(request),
    }),
  }
}

function actOf(action: string, type: string, { by, owner }: { readonly by: unknown; readonly owner: unknown }): string {
  if (action === 'sign-in') return `Successfully authenticated user ${String(owner)}`
  if (action !== 'token.create') return ACTS[action] ?? action
  return type === 'user' && by !== owner ? `${CREATED.user} as administrator` : (CREATED[type] ?? action)
}

function refusedAs(code: string): string {
  if (code === 'rate_limited') return 'Request rejected due to rate limits'
  if (code === 'invalid_token') return 'Invalid token'
  if (code === 'invalid_request') return 'Invalid request'
  return code === 'no_authorization' ? 'Authentication required' : 'Permission denied'
}

/** The code's own sentence, never a message that quotes the client. */
function sentenceOf(code: string): string {
  return Object.entries(REFUSALS).find(([each]) => each === code)?.[1].sentence ?? code
}

/** `2026-11-26 21:30:00`, as Gafaelfawr writes an expiry. */
function dateOf(expires: unknown): string | undefined {
  return typeof expires === 'number' ? new Date(expires * 1000).toISOString().slice(0, 19).replace('T', ' ') : undefined
}

function valueAt(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined
}

/** Leaves out the fields without a value, and a section without fields. */
function present(fields: Fields): Fields {
  const isPresent = (value: unknown) =>
    value !== undefined &&
    !(typeof value === 'object' && value?.constructor === Object && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isPresent(value)))
}
