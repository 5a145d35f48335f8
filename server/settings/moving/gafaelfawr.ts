import { z } from 'zod'
import { parseFernetKey } from '../../core/gafaelfawr/fernet.js'
import { Secret } from '../../core/token/secret.js'
import { readRedisUrl } from '../redis-url.js'
import { databaseUrl } from '../values.js'

const SESSION_SECRET = 'what Gafaelfawr has as session-secret'

/**
 * The Gafaelfawr that this site had before, of which tokens and sessions are taken over when they are first used. Names are
 * Gafaelfawr's; `translate/gafaelfawr.ts` takes those that say more.
 */
export const gafaelfawrSchema = z.strictObject({
  redisUrl: z
    .string()
    .refine((text) => {
      const address = readRedisUrl(text)
      return address !== undefined && address.kind !== 'cluster'
    }, 'must be redis://HOST:PORT/DB or redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB, rediss for TLS, such as redis://gafaelfawr-redis.example.org:6379/0')
    .transform((text) => new Secret(text))
    .meta({ title: 'URL', example: 'redis://gafaelfawr-redis.example.org:6379/0' })
    .describe('Gafaelfawr’s persistent Redis, which is only read'),
  databaseUrl: databaseUrl.describe(
    'Gafaelfawr’s PostgreSQL, which is only read: it has the names of tokens, and which token another one came from',
  ),
  sessionSecret: z
    .string()
    .trim()
    .transform((text) => new Secret(text))
    .refine((secret) => parseFernetKey(secret) !== undefined, `must be 32 bytes in base64, such as ${SESSION_SECRET}`)
    .meta({ title: 'text', example: SESSION_SECRET })
    .describe('Gafaelfawr’s `session-secret`, which its tokens and cookies are encrypted with'),
  followGroups: z
    .boolean()
    .default(false)
    .describe(
      'Whether the tokens lose a scope when their owners leave the group, as `scopesFollowGroups` says; otherwise they keep their scopes, as at Gafaelfawr',
    ),
})

export type GafaelfawrSettings = z.infer<typeof gafaelfawrSchema>
