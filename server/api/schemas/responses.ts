import { z } from 'zod'
import { quotaSchema } from '../../settings/schema.js'
import { TOKEN_TYPES } from './requests.js'

/** One way in which a route answers: what it means, and what is sent, if anything is. */
export interface ResponseDescription {
  readonly description: string
  readonly body?: z.ZodType
  /** What the body is when it is not JSON. */
  readonly type?: 'text/plain'
  /** Headers by name; those that are not always there say so in {@link HeaderDescription.optional}. */
  readonly headers?: Readonly<Record<string, HeaderDescription>>
}

export interface HeaderDescription {
  readonly description: string
  readonly optional?: true
}

/*
 * What the API sends. Nobody checks an answer against these while it serves: they are what it promises, and the tests hold
 * every answer that they see to it. No object has more fields than are named; a field that is optional is left out when it does not
 * apply, and one that may be null is always there.
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
    service: z.string().optional().describe('The service that it was made for; internal tokens only'),
    scopes,
    created: instant,
    expires: instant.optional().describe('Absent: never'),
    last_used: instant.optional().describe('Absent: not yet'),
    parent: key.optional().describe('The token that it was made from'),
  })
  .meta({ id: 'TokenInfo', description: 'A token, without what would let somebody use it.' })

export const listedToken = tokenInfo
  .omit({ parent: true })
  .meta({ id: 'ListedToken', description: 'A token as lists have it: without its parent.' })

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
    actor: z.string().describe('Who did it: a user name, or a name such as <internal>'),
    action: z.enum(['create', 'edit', 'revoke', 'expire']),
    old_token_name: z.string().optional().describe('What an edit replaced; absent when it is as before'),
    old_scopes: scopes.optional().describe('What an edit replaced; absent when they are as before'),
    old_expires: instant.nullable().optional().describe('What an edit replaced; absent when it is as before'),
    ip_address: z.string().nullable().describe('Null: not over the network'),
    event_time: instant,
  })
  .meta({ id: 'ChangeEntry', description: 'Something that happened to a token, and what the token was from then on.' })

export const revokedTokens = z
  .object({ revoked: z.array(key) })
  .meta({ id: 'RevokedTokens', description: 'What was revoked at once.' })

export const tokenUse = z
  .object({
    ip_address: z.string().nullable().describe('Null: not known'),
    client: z.string().nullable().describe('The User-Agent, shortened; null: none'),
    first_used: instant,
    last_used: instant,
    count: z.int(),
  })
  .meta({ id: 'TokenUse', description: 'The uses of a token on one day, from one address, with one program.' })

const group = z
  .object({ name: z.string(), id: z.int().min(1).describe('Its GID') })
  .meta({ id: 'Group', description: 'A group.' })

const quota = quotaSchema.shape.default.unwrap().meta({
  id: 'Quota',
  description: 'What somebody may use: requests per minute by service, bytes by mount, cores and GiB of a notebook.',
})

export const quotaConfig = z
  .strictObject({
    default: quota.optional().describe('For everybody'),
    groups: z.record(z.string(), quota).optional().describe('More, by group'),
    bypass: z.array(z.string()).optional().describe('Groups without any limit'),
  })
  .meta({ id: 'QuotaConfig', description: 'Quotas as a site writes them down.' })

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
  .meta({ id: 'UserInfo', description: 'Who somebody is. What is not known is left out.' })

export const knownUser = userInfo
  .partial({ groups: true })
  .meta({ id: 'KnownUser', description: 'Who somebody is, as administrators ask. Empty groups are left out, too.' })

export const knownGroups = z
  .object({ user: z.array(group).optional() })
  .meta({ id: 'KnownGroups', description: 'Every group that the site knows.' })

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
  .meta({ id: 'LoginInfo', description: 'What a page needs to act for whoever is signed in.' })

/** 201, and where what was made is from now on. */
export const tokenMade: ResponseDescription = {
  description: 'The new token, this one time',
  body: newToken,
  headers: { Location: { description: 'The path of the token in this API' } },
}
