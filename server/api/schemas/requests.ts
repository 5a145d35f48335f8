import { z } from 'zod'
import { NETWORK } from '../../core/access/ip-network.js'
import { MAXIMUM_PLACES, SERVICE } from '../../core/access/restriction.js'
import { INSTANT_SINCE_1970, LAST_NUMBER, parseInstant } from '../../core/parse-instant.js'
import { EMAIL_PATTERN, isEmail, MAX_EMAIL_LENGTH } from '../../core/people/email.js'
import { isGroupName, isUsername, MAX_POSIX_ID, USERNAME_PATTERN } from '../../core/people/identifiers.js'
import { TOKEN_NAME } from '../../core/people/token-name.js'
import { TOKEN_TYPES } from '../../core/token/record.js'
import { SCOPE, type Scope } from '../../core/token/scope.js'
import { isTokenKey, TOKEN_ANYWHERE, TOKEN_KEY } from '../../core/token/token.js'
import { storable } from './text.js'

/** An instant since 1970 in any form of Gafaelfawr's callers; parsed to epoch seconds. */
export const instant = z
  .preprocess(
    (given) => (given === null || given === undefined ? given : (parseInstant(given) ?? Number.NaN)),
    z.number('Input should be a valid datetime'),
  )
  .meta({
    type: ['number', 'string'],
    minimum: 0,
    maximum: LAST_NUMBER,
    pattern: INSTANT_SINCE_1970,
    description: 'Seconds since 1970-01-01 UTC, or ISO 8601',
  })

/** When a token is to end. */
const expiry = instant.meta({
  description: 'Seconds since 1970-01-01 UTC, or ISO 8601; five minutes from now, or later',
})

/** Names a pattern in the error, as pydantic does, where a rule of the core decides. */
export const matching = (pattern: string) => ({
  error: `String should match pattern '${pattern}'`,
  params: { pattern },
})

export const tokenKey = z
  .string()
  .min(22)
  .max(22)
  .refine(isTokenKey, matching(TOKEN_KEY.source))
  .meta({ pattern: TOKEN_KEY.source, description: 'The public part of a token' })

/** Gafaelfawr's pattern, which has no `a1`. Users of such names may exist here, but Gafaelfawr's administrators make none. */
const GAFAELFAWR_USERNAME = /^[a-z0-9](?:[a-z0-9]|-[a-z0-9])*[a-z](?:[a-z0-9]|-[a-z0-9])*$/

export const username = z
  .string()
  .min(1)
  .max(64)
  .refine(isUsername, matching(USERNAME_PATTERN))
  .meta({ pattern: USERNAME_PATTERN })

const newUsername = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isUsername(text) && GAFAELFAWR_USERNAME.test(text), matching(GAFAELFAWR_USERNAME.source))
  .meta({ pattern: GAFAELFAWR_USERNAME.source })

export const tokenType = z.enum(TOKEN_TYPES)

const tokenName = z
  .string()
  .min(1)
  .max(64)
  .meta({
    pattern: TOKEN_NAME,
    not: { pattern: TOKEN_ANYWHERE.source },
    description: 'With a visible character; no control character and no token. Other invisible characters are left out',
  })

const scopes = z
  .array(z.string().meta({ pattern: SCOPE.source, description: 'One of the site’s' }))
  .transform((list) => list as Scope[])

/** Where the token may be used. Gafaelfawr lacks these fields. */
const places = {
  networks: z
    .array(z.string().meta({ pattern: NETWORK }))
    .meta({ maxItems: MAXIMUM_PLACES })
    .nullish()
    .describe('Networks in CIDR form that requests must come from'),
  services: z
    .array(z.string().meta({ pattern: SERVICE.source }))
    .meta({ maxItems: MAXIMUM_PLACES })
    .nullish()
    .describe('Services at which it may be used, by their names'),
}

/** POST /users/{username}/tokens. Unknown fields are ignored, as Gafaelfawr ignores them. */
export const newUserToken = z.object({
  token_name: tokenName,
  scopes: scopes.default([]),
  expires: expiry.nullish(),
  ...places,
})

/** PATCH /users/{username}/tokens/{key}. Absent fields stay as they are; a null `expires` means never. */
export const tokenChange = z.object({
  token_name: tokenName.nullish(),
  scopes: scopes.nullish(),
  expires: expiry.nullish(),
  ...places,
})

/** {@link isGroupName}. */
const GROUP = '^(?:[a-zA-Z]|[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z])[a-zA-Z0-9._-]*$'
const groupName = z.string().min(1).max(64).refine(isGroupName, matching(GROUP)).meta({ pattern: GROUP })
const id = z.number().int().min(1).max(MAX_POSIX_ID)

const email = z
  .string()
  .min(1)
  .refine(isEmail, 'value is not a valid email address')
  .meta({ pattern: EMAIL_PATTERN, maxLength: MAX_EMAIL_LENGTH })

/** POST /tokens: a token for any user, made by an administrator. */
export const newTokenForUser = z
  .object({
    username: newUsername,
    token_type: z.enum(['service', 'user']),
    token_name: tokenName.nullish(),
    scopes: scopes.default([]),
    expires: expiry.nullish(),
    ...places,
    name: storable.min(1).nullish(),
    email: email.nullish(),
    uid: id.nullish(),
    gid: id.nullish(),
    groups: z.array(z.object({ name: groupName, id })).nullish(),
  })
  .superRefine(({ token_type, token_name }, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', path: ['token_name'], message })
    if (token_type === 'user' && token_name == null) complain('Value error, Tokens of type user must have a name')
    if (token_type === 'service' && token_name != null)
      complain('Value error, Tokens of type service cannot have a name')
  })
  .meta({
    oneOf: [
      { properties: { token_type: { const: 'user' }, token_name: { type: 'string' } }, required: ['token_name'] },
      {
        properties: { token_type: { const: 'service' }, token_name: { type: 'null' }, username: { pattern: '^bot-' } },
      },
    ],
  })
