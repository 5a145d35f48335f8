import { z } from 'zod'
import { TOKEN_TYPES } from '../../core/token/record.js'
import { quotaSchema } from '../../settings/quota.js'

/** A response of a route: its meaning, body and headers. */
export interface ResponseDescription {
  readonly description: string
  readonly body?: z.ZodType
  /** The media type of a body that is not JSON. */
  readonly type?: 'text/plain'
  /** One line of the body where the caller accepts NDJSON. */
  readonly line?: z.ZodType
  /** Headers by name; those that are not always there say so in {@link HeaderDescription.optional}. */
  readonly headers?: Readonly<Record<string, HeaderDescription>>
}

export interface HeaderDescription {
  readonly description: string
  readonly optional?: true
}

/*
 * The API's responses. They are a promise, not checked while serving; the tests hold every response to it. No object has
 * more fields than are named. An optional field is absent when it does not apply; a nullable one is always present.
 */

const key = z.string().length(22).describe('The public part of a token')
const instant = z.int().describe('Whole seconds since 1970-01-01 UTC')
const scopes = z.array(z.string()).describe('Sorted')
const username = z.string()
const tokenType = z.enum(TOKEN_TYPES)

/** Gafaelfawr's `TokenInfo`. */
export const tokenInfo = z
  .object({
    token: key,
    username,
    token_type: tokenType,
    token_name: z.string().optional().describe('User tokens only'),
    service: z
      .string()
      .optional()
      .describe('The service that it was made for, or the client; internal and oidc tokens only'),
    scopes,
    created: instant,
    expires: instant.optional().describe('Absent: never'),
    last_used: instant.optional().describe('Absent: not yet'),
    parent: key.optional().describe('The token that it was made from'),
    networks: z.array(z.string()).optional().describe('Where requests with it must come from; absent: everywhere'),
    services: z.array(z.string()).optional().describe('Where it may be used; absent: at every service'),
    suspended_until: instant
      .optional()
      .describe('It is refused, and is revoked then unless an administrator lifts that; absent: it is not suspended'),
  })
  .meta({ id: 'TokenInfo', description: 'A token, without its secret.' })

export const listedToken = tokenInfo
  .omit({ parent: true })
  .meta({ id: 'ListedToken', description: 'A token in a list: without its parent.' })

export const suspension = z
  .object({
    token: key,
    username,
    suspended: instant,
    suspended_until: instant.describe('The token is revoked then, unless the suspension is lifted'),
    actor: z.string().describe('The user name of the administrator'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Suspension', description: 'That a token is refused for a time.' })

export const newToken = z
  .object({ token: z.string().describe('The whole token. It is not shown again') })
  .meta({ id: 'NewToken', description: 'A token that has just been made.' })

export const changeEntry = z
  .object({
    token: key,
    username,
    token_type: tokenType,
    token_name: z.string().optional(),
    parent: key.optional(),
    scopes,
    service: z.string().optional(),
    expires: instant.nullable().describe('Null: never'),
    actor: z.string().describe('The actor: a user name, or a name such as <internal>'),
    actor_token: key.optional().describe('The token or session that acted'),
    action: z.enum(['create', 'edit', 'revoke', 'expire']),
    old_token_name: z.string().optional().describe('The replaced value; absent when unchanged'),
    old_scopes: scopes.optional().describe('The replaced value; absent when unchanged'),
    old_expires: instant.nullable().optional().describe('The replaced value; absent when unchanged'),
    ip_address: z.string().nullable().describe('Null: not over the network'),
    event_time: instant,
  })
  .meta({ id: 'ChangeEntry', description: 'A change of a token, and the token after it.' })

export const revokedTokens = z
  .object({
    revoked: z.array(key),
    would_revoke: z.array(key).optional().describe('In a dry run: what is not revoked yet'),
  })
  .meta({ id: 'RevokedTokens', description: 'The keys of tokens revoked together.' })

export const tokenUse = z
  .object({
    ip_address: z.string().nullable().describe('Null: not known'),
    client: z.string().nullable().describe('The User-Agent, shortened; null: none'),
    first_used: instant,
    last_used: instant,
    count: z.int(),
  })
  .meta({ id: 'TokenUse', description: 'The uses of a token on one day, from one address, by one client.' })

const group = z
  .object({ name: z.string(), id: z.int().min(1).describe('Its GID') })
  .meta({ id: 'Group', description: 'A group.' })

const quota = quotaSchema.shape.default.unwrap().meta({
  id: 'Quota',
  description: 'The quota of a user: requests per minute by service, bytes by mount, cores and GiB of a notebook.',
})

export const quotaConfig = z
  .strictObject({
    default: quota.describe('For all users'),
    groups: z.record(z.string(), quota).describe('More, by group'),
    bypass: z.array(z.string()).describe('Groups without any limit'),
  })
  .meta({ id: 'QuotaConfig', description: 'The quotas of a site.' })

export const userInfo = z
  .object({
    username,
    name: z.string().optional(),
    email: z.string().optional(),
    uid: z.int().optional(),
    gid: z.int().optional(),
    groups: z.array(group).describe('By name'),
    quota: quota.optional().describe('Absent: nothing is limited'),
  })
  .meta({ id: 'UserInfo', description: 'A user. Unknown fields are absent.' })

export const knownUser = userInfo
  .partial({ groups: true })
  .meta({ id: 'KnownUser', description: 'A user, for administrators. Empty groups are absent, too.' })

export const knownGroups = z
  .object({
    user: z.array(group).optional().describe('Of users; absent when there are none'),
    system: z.array(group).optional().describe('Those of `ldap.systemGroups`; absent when there are none'),
  })
  .meta({ id: 'KnownGroups', description: 'All groups of the site.' })

export const loginInfo = z
  .object({
    csrf: z.string().describe('For X-CSRF-Token'),
    username,
    scopes,
    config: z.object({
      scopes: z
        .array(z.object({ name: z.string(), description: z.string() }))
        .describe('Every scope of the site, by name'),
    }),
  })
  .meta({ id: 'LoginInfo', description: 'The CSRF token, the signed-in user and the site’s scopes.' })

/** 201 with the new token and its address. */
export const tokenMade: ResponseDescription = {
  description: 'The new token; it is not shown again',
  body: newToken,
  headers: { Location: { description: 'The path of the token in this API' } },
}
