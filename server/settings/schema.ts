import { z } from 'zod'
import { cookieNames, isOurCookie } from '../core/access/cookie-names.js'
import { Refusal } from '../core/access/refusal.js'
import { DAY, MINUTE } from '../core/time.js'
import type { Scope } from '../core/token/scope.js'
import { Secret } from '../core/token/secret.js'
import { parseToken } from '../core/token/token.js'
import { programsSchema } from './access/programs.js'
import { reauthenticationSchema } from './access/reauthentication.js'
import { servicesSchema } from './access/services.js'
import { tokenPolicySchema } from './access/token-policy.js'
import { voLoginSchema } from './access/vo-login.js'
import { alarmsSchema } from './alarms.js'
import { auditSchema } from './audit.js'
import { githubSchema, mappedGroup } from './github.js'
import { kubernetesSchema } from './kubernetes/kubernetes.js'
import { ldapSchema } from './ldap.js'
import { limitsSchema } from './limits.js'
import { combinationProblems } from './mistakes/combinations.js'
import { foreignTokensSchema } from './moving/foreign-tokens.js'
import { gafaelfawrSchema } from './moving/gafaelfawr.js'
import { noticesSchema } from './notices.js'
import { eventsSchema } from './observability/events.js'
import { telemetrySchema } from './observability/telemetry.js'
import { deviceLoginSchema } from './openid/device-login.js'
import { oidcServerSchema } from './openid/oidc-server.js'
import { tokenExchangeSchema } from './openid/token-exchange.js'
import { trustedIssuersSchema } from './openid/trusted-issuers.js'
import { passkeysSchema } from './passkeys.js'
import { samlProviders, samlSchema } from './providers/saml.js'
import { cilogonSchema, hasProvider, keycloakSchema, oidcProviders, oidcSchema } from './providers.js'
import { quotaSchema } from './quota.js'
import { REDIS_URL_RULE, readRedisUrl } from './redis-url.js'
import { DEFAULT_GROUP_MAPPING, RUBIN_SCOPES } from './rubin.js'
import { siteSchema } from './site.js'
import {
  databaseConnections,
  databaseUrl,
  duration,
  durationOrOff,
  httpUrl,
  listenAddress,
  network,
  scope,
  secrets,
  siteUrl,
  url,
  waitingTime,
  webOrigin,
  wholeNumber,
  workers,
} from './values.js'

/**
 * The configuration. Names and forms are Gafaelfawr's where the meaning is (`knownScopes`, `groupMapping`,
 * `tokenLifetime`, `proxies`, …), so that a site's existing file carries over.
 */
export const settingsSchema = z
  .strictObject({
    port: wholeNumber(0, 65535).meta({ example: 8080 }).default(8080).describe('TCP port of the public listener'),
    host: z.string().min(1).default('127.0.0.1').describe('Address of the public listener; `0.0.0.0` in a container'),
    internalListen: listenAddress
      .optional()
      .describe(
        'Separate listener for `/ingress/*`, `/health` and `/metrics`, which then exist nowhere else; without it they are on the public listener',
      ),
    checkParser: z
      .enum(['own', 'node'])
      .default('own')
      .describe(
        'Which parser reads checks: `own`, a strict one that leaves all but plain requests to Node’s, or `node` for every request; `node` where the site has `telemetry`',
      ),
    // 1 by default, because a container sees cores that are not its own.
    workers: workers.default(1).describe('Worker processes that serve requests; `auto` starts one for each core'),
    databaseConnections: databaseConnections
      .default('auto')
      .describe(
        'Connections to PostgreSQL of this server with all its workers, at least 2 for each process; `auto` are 10, and 60 more for workers',
      ),
    stopGrace: waitingTime
      .default(2)
      .describe('How long a stopping server still answers requests, so that load balancers notice first'),
    baseUrl: siteUrl
      .optional()
      .describe(
        'The site’s public address, also one with a path, such as `https://example.org/postern`; `http://localhost:<port>` when not given',
      ),
    data: z
      .string()
      .min(1)
      .default('.postern')
      .describe('Directory of the embedded stores and of the generated master secret'),
    databaseUrl: databaseUrl
      .optional()
      .describe('PostgreSQL; embedded when not given. TLS: `?sslmode=verify-full&sslrootcert=/path`'),
    updateSchema: z
      .boolean()
      .default(true)
      .describe(
        'Whether a start applies missing migrations to the database; where false, `postern migrate run` does, and a start without them is refused',
      ),
    redisUrl: z
      .string()
      .refine((text) => readRedisUrl(text) !== undefined, REDIS_URL_RULE)
      .transform((text) => new Secret(text))
      .meta({ title: 'URL', example: 'redis://cache.example.org:6379/0' })
      .optional()
      .describe('Redis or Valkey, also Sentinel and Cluster; embedded when not given'),
    secret: secrets
      .optional()
      .describe(
        'Master secrets, one a line: the first derives and seals, all verify. Generated under `data` when both stores are embedded, otherwise required',
      ),
    bootstrapToken: z
      .string()
      .refine(
        (text) => !(parseToken(text) instanceof Refusal),
        'must be a token, such as gt-<22 characters>.<22 characters>, of letters, digits, - and _',
      )
      .transform((text) => new Secret(text))
      .meta({ example: 'gt-<22 characters>.<22 characters>' })
      .optional()
      .describe(
        'A token that the administrators’ routes of the API accept without a user, for scripts that set a site up; any text of that form, remove it afterwards',
      ),
    tokenLifetime: duration
      .refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes, such as 30d')
      .default(30 * DAY)
      .describe('Lifetime of a session, at least 10m'),
    sessionIdleLifetime: duration
      .refine((seconds) => seconds >= 5 * MINUTE, 'must be at least 5 minutes, such as 12h')
      .optional()
      .describe(
        'Session idle timeout, at least 5m: expires a session this long after the last use of it and of its delegated tokens',
      ),
    adminSessionIdleLifetime: durationOrOff(5 * MINUTE, '5 minutes')
      .prefault('12h')
      .describe('The same for sessions with an `admin:*` scope; the shorter of the two counts'),
    reauthenticateWithin: reauthenticationSchema
      .prefault({})
      .describe(
        'How long ago the user of a session may have signed in for dangerous acts; after that they sign in again',
      ),
    tokenPolicy: tokenPolicySchema
      .prefault({})
      .describe('Lifetimes of user and service tokens; no limits when not given'),
    knownScopes: z
      .record(scope, z.string())
      .default(RUBIN_SCOPES as Record<Scope, string>)
      .describe('Every scope of the site, with the sentence that explains it; Rubin’s when not given'),
    groupMapping: z
      .record(scope, z.array(mappedGroup))
      .optional()
      .describe('The groups whose members hold each scope; `users` and `admins` when not given'),
    scopesFollowGroups: z
      .boolean()
      .default(true)
      .describe(
        'Whether a token loses a scope when its owner leaves the group; tokens created by an administrator never do',
      ),
    proxies: z
      .array(network)
      .default(['127.0.0.0/8', '::1/128'])
      .describe('Networks whose `X-Forwarded-*` headers are trusted'),
    hstsIncludeSubDomains: z
      .boolean()
      .default(false)
      .describe(
        'Whether `Strict-Transport-Security` covers all hosts below the site’s, which must then all have https',
      ),
    allowSubdomains: z.boolean().default(false).describe('Whether hosts below the site’s share its session cookie'),
    memoryMaxAge: duration.default(MINUTE).describe('TTL of the token cache; 0 bypasses the cache'),
    memoryMaxTokens: wholeNumber(0)
      .meta({ example: 100_000 })
      .default(100_000)
      .describe('Size of the token cache of each process, at 1 KiB a token on average'),
    quota: quotaSchema.optional().describe('Quotas, in Gafaelfawr’s form'),
    tokenCookies: z
      .array(
        z
          .string()
          .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a cookie, such as mast_token')
          .refine(
            (name) => !isOurCookie(name),
            'must not be a name of Postern’s own cookies: another one, such as mast_token',
          ),
      )
      .default([])
      .describe(
        'Cookies besides Postern’s own that may carry a token, such as `mast_token`, at locations that ask for them with `cookie`',
      ),
    voLogin: voLoginSchema.prefault({}).describe('The login of programs of the Virtual Observatory, such as TOPCAT'),
    foreignTokens: foreignTokensSchema
      .default([])
      .describe(
        'Forms of tokens of other systems that are taken, once `postern migrate from-hashes` has imported their hashes: `sha256` for those of MAST and the like, `jupyterhub`',
      ),
    allowOrigins: z
      .array(webOrigin)
      .default([])
      .describe(
        'Origins of portals elsewhere whose pages may call the services with a token: their CORS preflights pass, and they can read refusals',
      ),
    delegatedTokensCreate: z
      .boolean()
      .default(false)
      .describe('Whether notebook and internal tokens may create tokens and change others, quotas and programs'),
    oidc: oidcSchema.optional().describe('An OpenID Connect provider, or a list of them'),
    cilogon: cilogonSchema.optional().describe('CILogon'),
    keycloak: keycloakSchema.optional().describe('Keycloak'),
    github: githubSchema.optional().describe('GitHub, or a GitHub Enterprise Server'),
    oidcServer: oidcServerSchema.prefault({}).describe('Postern as OpenID Connect provider of other services'),
    deviceLogin: deviceLoginSchema.prefault({}).describe('Programs without a browser, which users sign in with a code'),
    tokenExchange: tokenExchangeSchema
      .prefault({})
      .describe('Exchange of tokens for those that may do less, by programs'),
    resourceMetadata: z
      .boolean()
      .default(false)
      .describe(
        'Whether Bearer challenges name the document that says who gives tokens (`resource_metadata`, RFC 9728), for clients such as MCP’s',
      ),
    trustedIssuers: trustedIssuersSchema.describe(
      'Issuers of JWTs for programs, such as jobs of GitHub Actions, which exchange them for service tokens without a secret',
    ),
    saml: samlSchema.optional().describe('A SAML identity provider, or a list of them'),
    localAccounts: z
      .boolean()
      .optional()
      .describe('Whether the sign-in page offers local accounts; when not given, only without an identity provider'),
    passkeys: passkeysSchema.prefault({}).describe('Passkeys of local accounts'),
    ldap: ldapSchema.optional().describe('The LDAP directory in which users are looked up'),
    afterLogoutUrl: httpUrl.optional().describe('Where the browser goes after signing out; `/login` when not given'),
    smtpUrl: url(['smtp', 'smtps'], 'smtp://mail.example.org:25')
      .optional()
      .describe('The mail server for expiry warnings and notices; without it Postern sends no e-mail'),
    mailFrom: z
      .string()
      .regex(/@/, 'must be an e-mail address, such as noreply@example.org')
      .meta({ example: 'noreply@example.org' })
      .optional()
      .describe('The sender, such as `Science Platform <noreply@example.org>`; required with `smtpUrl`'),
    githubSecretScanning: httpUrl
      .optional()
      .describe(
        'The list of the keys that GitHub signs its reports of found tokens with, `https://api.github.com/meta/public_keys/secret_scanning`; without it `/auth/leaked/github` is 404',
      ),
    warnBefore: z
      .array(duration)
      .default([7 * DAY, DAY])
      .describe('How long before expiry the owner of a token is warned, once for each'),
    alertWebhook: url(['http', 'https'], 'https://chat.example.org/hooks/KEY')
      .optional()
      .describe(
        'A webhook for alarms, in the form of Slack and Mattermost (`{"text": …}`); without it alarms are in the log alone',
      ),
    alarms: alarmsSchema.prefault({}).describe('When an alarm is raised'),
    audit: auditSchema.prefault({}).describe('The audit trail: how long it is kept, what is in it, where it is sent'),
    events: eventsSchema.prefault({}).describe('Events for other systems, as CloudEvents; off when not given'),
    limits: limitsSchema.prefault({}).describe('How much one user or client may have'),
    notices: noticesSchema.prefault({}).describe('Which notices users get on their Security Tokens page and by e-mail'),
    errorFooter: z.string().optional().describe('HTML at the foot of error pages'),
    logLevel: z
      .string()
      .toLowerCase()
      .pipe(z.enum(['debug', 'info', 'warning', 'error']))
      .default('info')
      .describe('`debug`, `info`, `warning` or `error`'),
    logFormat: z
      .enum(['postern', 'gafaelfawr'])
      .default('postern')
      .describe(
        'Names of the fields in the log: `postern`, or `gafaelfawr` for a site whose searches and dashboards know those',
      ),
    telemetry: telemetrySchema.prefault({}).describe('Traces and metrics by OpenTelemetry; off when not given'),
    services: servicesSchema
      .default(new Map())
      .describe(
        'Protected services by name, for explanations of refusals; what is not here is learned from the checks',
      ),
    kubernetes: kubernetesSchema.prefault({}).describe('What `postern operator` makes of routes in Kubernetes'),
    gafaelfawr: gafaelfawrSchema
      .optional()
      .describe(
        'The Gafaelfawr that this site had before: its tokens and sessions are taken over when they are first used',
      ),
    programs: programsSchema.optional().describe('Exclusive access to the data of observing programs'),
    site: siteSchema.prefault({}).describe('How the site presents itself'),
  })
  .superRefine((settings, context) => {
    for (const problem of combinationProblems(settings)) context.addIssue({ code: 'custom', ...problem })
  })
  .transform((given) => {
    const baseUrl = given.baseUrl ?? new URL(`http://localhost:${given.port}`)
    const { oidc, cilogon, keycloak, saml, localAccounts, ...rest } = given
    return {
      ...rest,
      baseUrl,
      /** The names of Postern's own cookies on this site. */
      cookies: cookieNames({ ...rest, baseUrl }),
      oidcProviders: oidcProviders(given),
      samlProviders: samlProviders(saml, baseUrl),
      localAccounts: accountsOf(localAccounts, hasProvider(given)),
      knownScopes: new Map(Object.entries(given.knownScopes).sort() as [Scope, string][]),
      groupMapping: new Map(
        Object.entries(given.groupMapping ?? defaultMapping(given.knownScopes)).map(([each, groups]) => [
          each as Scope,
          new Set(groups),
        ]),
      ),
    }
  })

/** A site with scopes of its own keeps the groups of those that it knows: no setting may be wrong that was not given. */
function defaultMapping(known: Readonly<Record<string, string>>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(DEFAULT_GROUP_MAPPING).filter(([scope]) => Object.hasOwn(known, scope)))
}

/**
 * Whether the sign-in page has a form for accounts kept here. Beside an identity provider it is hidden unless the site says
 * otherwise: on a page of its own, for the operator on the day when the provider is down.
 */
function accountsOf(given: boolean | undefined, providers: boolean): 'offered' | 'hidden' | 'off' {
  if (given === undefined) return providers ? 'hidden' : 'offered'
  return given ? 'offered' : 'off'
}

export type Settings = z.infer<typeof settingsSchema>

/** The settings as they may be given, by name: what the environment and "did you mean" are made from. */
export const settingNames: readonly string[] = Object.keys(settingsSchema.in.shape)
