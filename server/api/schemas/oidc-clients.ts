import { z } from 'zod'
import type { OpenIdClient } from '../../core/openid/client.js'
import { REDIRECT_URI } from '../../core/openid/redirect.js'
import { ownUrl } from '../../core/site/base-path.js'
import { STORABLE } from '../../core/storable-text.js'
import { isoTime } from '../../core/time.js'
import type { Scope } from '../../core/token/scope.js'
import type { ClientWish } from '../../openid/clients.js'
import { storable } from './text.js'

const LONGEST_URI = 2000
const uri = z.string().min(1).max(LONGEST_URI).meta({ pattern: REDIRECT_URI })
/** Of so many characters, and without NUL. */
const text = (longest: number) => z.string().min(1).max(longest).meta({ pattern: STORABLE })
const uris = z.array(uri).max(100)

/** A client as Gafaelfawr's callers describe it, and what it has more here. */
const given = {
  return_uri: uri.optional().describe('Where codes are sent; Gafaelfawr’s one address'),
  return_uris: uris.optional().describe('All addresses to which codes may be sent, in place of the one'),
  description: text(200).describe('Its name, which users see'),
  notes: z.string().max(2000).meta({ pattern: STORABLE }).nullish().describe('For administrators'),
  post_logout_uris: uris.default([]).describe('Where users may be sent after signing out'),
  backchannel_logout_uri: uri.nullish().describe('Where it is told of the end of a session'),
  own_site: z.boolean().default(true).describe('Whether it belongs to the site: its users are not asked'),
  required_scope: storable.min(1).nullish().describe('The scope that its users must hold'),
  required_groups: z.array(storable.min(1)).max(100).default([]).describe('Groups of which its users must be in one'),
}

const hasAddress = ({
  return_uri,
  return_uris = [],
}: {
  return_uri?: string | undefined
  return_uris?: string[] | undefined
}) => return_uri !== undefined || return_uris.length > 0
/** {@link hasAddress}. */
const WITH_ADDRESS = {
  anyOf: [{ required: ['return_uri'] }, { required: ['return_uris'], properties: { return_uris: { minItems: 1 } } }],
}
const ADDRESS_MISSING = { path: ['return_uri'], message: 'Value should have return_uri or return_uris' }

/** POST /oidc-clients. Unknown fields are ignored, as Gafaelfawr ignores them. */
export const newClient = z
  .object({ ...given, public: z.boolean().default(false).describe('Whether it can keep no secret') })
  .refine(hasAddress, ADDRESS_MISSING)
  .meta(WITH_ADDRESS)

/** PATCH /oidc-clients/{client_id}: all of it, as with Gafaelfawr. */
export const changedClient = z.object(given).refine(hasAddress, ADDRESS_MISSING).meta(WITH_ADDRESS)

/** POST /oidc-clients/{client_id}/secret. */
export const rotation = z.object({
  overlap: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400)
    .describe('Seconds for which the secrets before it stay valid'),
})

export const clientId = z.object({ client_id: text(200) })

/** Returns what an administrator says of a client. */
export function wishOf(body: z.infer<typeof changedClient>): Omit<ClientWish, 'isPublic'> {
  const { return_uri, return_uris = [], notes, backchannel_logout_uri, required_scope } = body
  return {
    description: body.description,
    redirectUris: [...new Set([...(return_uri === undefined ? [] : [return_uri]), ...return_uris])],
    postLogoutUris: body.post_logout_uris,
    isOwnSite: body.own_site,
    requiredGroups: body.required_groups,
    ...(typeof notes === 'string' && { notes }),
    ...(typeof backchannel_logout_uri === 'string' && { backchannelLogoutUri: backchannel_logout_uri }),
    ...(typeof required_scope === 'string' && { requiredScope: required_scope as Scope }),
  }
}

const client = z
  .object({
    client_id: z.string(),
    return_uri: z.string().describe('The first of return_uris'),
    return_uris: z.array(z.string()),
    description: z.string(),
    notes: z.string().optional(),
    created: z.string().describe('ISO 8601 in UTC'),
    last_modified: z.string().describe('ISO 8601 in UTC'),
    last_modified_by: z.string(),
    url: z.string().describe('Its address in this API'),
    public: z.boolean(),
    own_site: z.boolean(),
    post_logout_uris: z.array(z.string()),
    backchannel_logout_uri: z.string().optional(),
    required_scope: z.string().optional(),
    required_groups: z.array(z.string()),
  })
  .meta({ id: 'OidcClient', description: 'A client of the OpenID Connect server.' })

export const clientResponse = client
export const newClientResponse = client
  .extend({ client_secret: z.string().optional().describe('It is not shown again; absent: a public client') })
  .meta({ id: 'NewOidcClient', description: 'A client that has just been registered.' })

export const secretResponse = z
  .object({
    client_id: z.string(),
    client_secret: z.string().describe('It is not shown again'),
    previous_until: z.string().describe('When the secrets before it end; ISO 8601 in UTC'),
  })
  .meta({ id: 'NewOidcClientSecret', description: 'A secret of a client that has just been made.' })

/** Formats a client; Gafaelfawr's fields first. */
export function sentClient(each: OpenIdClient, baseUrl: URL): z.infer<typeof client> {
  return {
    client_id: each.id,
    return_uri: each.redirectUris[0] ?? '',
    return_uris: [...each.redirectUris],
    description: each.description,
    ...(each.notes !== undefined && { notes: each.notes }),
    created: isoTime(each.created),
    last_modified: isoTime(each.lastModified),
    last_modified_by: each.lastModifiedBy,
    url: addressOf(each.id, baseUrl),
    public: each.isPublic,
    own_site: each.isOwnSite,
    post_logout_uris: [...each.postLogoutUris],
    ...(each.backchannelLogoutUri !== undefined && { backchannel_logout_uri: each.backchannelLogoutUri }),
    ...(each.requiredScope !== undefined && { required_scope: each.requiredScope }),
    required_groups: [...each.requiredGroups],
  }
}

/** Returns the address of a client in the API, which is absolute, as Gafaelfawr's is. */
export function addressOf(id: string, baseUrl: URL): string {
  return ownUrl(baseUrl, `/auth/api/v1/oidc-clients/${encodeURIComponent(id)}`).href
}
