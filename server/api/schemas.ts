import { z } from 'zod'
import { isUsername } from '../core/names.js'
import { readInstant } from '../core/read-instant.js'
import type { Scope } from '../core/scope.js'
import type { TokenKey } from '../core/token.js'

/** Written as Gafaelfawr's callers may, held as epoch seconds. */
const instant = z.preprocess(
  (given) => (given === null || given === undefined ? given : (readInstant(given) ?? Number.NaN)),
  z.number('Input should be a valid datetime'),
)

export const tokenKey = z
  .string()
  .min(22)
  .max(22)
  .transform((text) => text as TokenKey)

export const username = z
  .string()
  .min(1)
  .max(64)
  .refine(isUsername, "String should match pattern '^[a-z0-9](?:[a-z0-9]|-[a-z0-9])*[a-z](?:[a-z0-9]|-[a-z0-9])*$'")

export const tokenName = z.string().min(1).max(64)

const scopes = z.array(z.string()).transform((list) => list as Scope[])

/** POST /users/{username}/tokens. Unknown fields are ignored, as Gafaelfawr ignores them. */
export const newUserToken = z.object({
  token_name: tokenName,
  scopes: scopes.default([]),
  expires: instant.nullish(),
})

/** PATCH /users/{username}/tokens/{key}. What is absent stays; a null `expires` means never. */
export const tokenChange = z.object({
  token_name: tokenName.nullish(),
  scopes: scopes.nullish(),
  expires: instant.nullish(),
})
