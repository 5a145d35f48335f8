import { z } from 'zod'

/** A token as the API describes it, without its secret. Instants are seconds since 1970, UTC. */
export interface TokenInfo {
  /** The public half of the token: names it in logs and for {@link PosternClient.revokeToken}. */
  readonly key: string
  readonly username: string
  /** `session`, `user`, `notebook`, `internal`, `service`, `oidc`; a newer Postern may have more. */
  readonly tokenType: string
  /** The name that its owner gave it; user tokens only. */
  readonly tokenName?: string | undefined
  /** The service that it was made for; internal tokens only. */
  readonly service?: string | undefined
  readonly scopes: readonly string[]
  readonly created: number
  /** Undefined: never expires. */
  readonly expires?: number | undefined
  readonly lastUsed?: number | undefined
  /** The key of the token that it came from. Lists do not say it. */
  readonly parent?: string | undefined
}

export interface Group {
  readonly name: string
  readonly id: number
}

/** A user's limits: requests a minute by service, CPUs and GiB of a notebook, TAP queries at once, bytes by mount. */
export interface Quota {
  readonly api?: Readonly<Record<string, number>> | undefined
  readonly notebook?:
    | { readonly cpu: number; readonly memory: number; readonly spawn?: boolean | undefined }
    | undefined
  readonly tap?: Readonly<Record<string, { readonly concurrent: number }>> | undefined
  readonly disk?: Readonly<Record<string, number>> | undefined
}

/** A user, as far as the site knows them. */
export interface UserInfo {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly groups: readonly Group[]
  readonly quota?: Quota | undefined
}

/**
 * The caller's access to a program's data: `public` for all clients; `allowed` for investigators and grantees;
 * `exclusive`: none yet.
 */
export type ProgramAccess = (typeof PROGRAM_ACCESS)[number]
const PROGRAM_ACCESS = ['public', 'allowed', 'exclusive'] as const

export const tokenInfoSchema = z
  .object({
    token: z.string(),
    username: z.string(),
    token_type: z.string(),
    token_name: z.string().optional(),
    service: z.string().optional(),
    scopes: z.array(z.string()),
    created: z.number().int(),
    expires: z.number().int().optional(),
    last_used: z.number().int().optional(),
    parent: z.string().optional(),
  })
  .transform(
    ({ token: key, token_type: tokenType, token_name: tokenName, last_used: lastUsed, ...rest }): TokenInfo => ({
      key,
      tokenType,
      ...(tokenName !== undefined && { tokenName }),
      ...(lastUsed !== undefined && { lastUsed }),
      ...rest,
    }),
  )

export const tokenListSchema = z.array(tokenInfoSchema)

const quotaSchema = z.object({
  api: z.record(z.string(), z.number()).optional(),
  notebook: z.object({ cpu: z.number(), memory: z.number(), spawn: z.boolean().optional() }).optional(),
  tap: z.record(z.string(), z.object({ concurrent: z.number() })).optional(),
  disk: z.record(z.string(), z.number()).optional(),
})

export const userInfoSchema: z.ZodType<UserInfo> = z.object({
  username: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  uid: z.number().int().optional(),
  gid: z.number().int().optional(),
  groups: z.array(z.object({ name: z.string(), id: z.number().int() })).default([]),
  quota: quotaSchema.optional(),
})

export const programAccessSchema = z.array(z.object({ id: z.string(), access: z.enum(PROGRAM_ACCESS) }))

export const createdTokenSchema = z.object({ token: z.string() })
