import { z } from 'zod'
import { cookieNames, isOurCookie } from '../core/access/cookie-names.js'
import { isNetwork } from '../core/access/ip-network.js'
import { DAY, type EpochSeconds, HOUR, MINUTE } from '../core/time.js'
import { isScope, type Scope } from '../core/token/scope.js'
import { Secret } from '../core/token/secret.js'
import { parseToken } from '../core/token/token.js'
import { githubSchema, mappedGroup } from './github.js'
import { ldapSchema } from './ldap.js'
import { programPattern } from './program-pattern.js'
import { cilogonSchema, keycloakSchema, oidcProviders, oidcSchema, providerProblems } from './providers.js'
import { REDIS_URL_RULE, readRedisUrl } from './redis-url.js'
import { DEFAULT_GROUP_MAPPING, RUBIN_SCOPES } from './rubin.js'

/** `30d`, `1h30m`, or a number of seconds: Gafaelfawr's durations. */
const DURATION = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/

const duration = z
  .union([z.number().int().nonnegative(), z.string().regex(DURATION, 'must be a duration such as 30d or 1h30m')])
  .transform((given): EpochSeconds => {
    if (typeof given === 'number') return given
    const [weeks, days, hours, minutes, seconds] = (DURATION.exec(given) ?? [])
      .slice(1)
      .map((each) => Number(each ?? 0))
    return (weeks ?? 0) * 7 * DAY + (days ?? 0) * DAY + (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0)
  })

const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an http or https URL')
  .transform((text) => new URL(text))

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)),
      `must be a URL that starts with ${protocols.map((each) => `${each}://`).join(' or ')}`,
    )
    .transform((text) => new Secret(text))

const scope = z.string().refine(isScope, 'must be letters, digits and . : _ - only')

const network = z.string().refine(isNetwork, 'must be an address or a network such as 10.0.0.0/8')

/** Where to listen: `unix:/run/postern.sock`, or `127.0.0.1:8081`, or `[::1]:8081`. */
const listenAddress = z
  .string()
  .regex(/^(?:unix:\/.+|(?:\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5})$/, 'must be HOST:PORT or unix:/PATH')
  .transform((text) => {
    if (text.startsWith('unix:')) return { path: text.slice('unix:'.length) }
    const colon = text.lastIndexOf(':')
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
  })

/** A number as such or as text, which is what the environment has. */
const workers = z
  .union([z.number(), z.string()])
  .refine((given) => given === 'auto' || /^[1-9]\d?$/.test(String(given)), 'must be a number from 1 to 99, or auto')
  .transform((given) => (given === 'auto' ? given : Number(given)))

const secrets = z
  .union([
    z.string().transform((text) =>
      text
        .split(/[\n,]/)
        .map((each) => each.trim())
        .filter(Boolean),
    ),
    z.array(z.string()),
  ])
  .refine(
    (list) => list.length > 0 && list.every((each) => each.length >= 32),
    'must be one or more secrets of at least 32 characters each',
  )
  .transform((list) => list.map((each) => new Secret(each)))

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #1f5fa8')
const link = z.strictObject({ text: z.string().min(1), href: httpUrl })
/** Pages load images from this site only: another could count who opens them. */
const image = z.string().regex(/^(?:\/(?!\/)|data:image\/)/, 'must be a path on this site or a data:image URL')

const amounts = z.record(z.string(), z.number().int().nonnegative())

const quota = z.strictObject({
  api: amounts.default({}),
  disk: amounts.optional(),
  notebook: z
    .strictObject({ cpu: z.number().positive(), memory: z.number().positive(), spawn: z.boolean().default(true) })
    .optional(),
  tap: z.record(z.string(), z.strictObject({ concurrent: z.number().int().nonnegative() })).optional(),
})

/** Quotas, in Gafaelfawr's form. */
export const quotaSchema = z.strictObject({
  default: quota.optional(),
  groups: z.record(z.string(), quota).optional(),
  bypass: z.array(z.string()).optional(),
})

/** Exclusive access to the data of programs. */
const programs = z.strictObject({
  /** What a token must hold for data that are not public yet. */
  scope: scope.default('exclusive_access' as Scope),
  /** Where the identifier stands in a path: see {@link programPattern}. */
  pattern: programPattern.optional(),
})

const policy = z
  .strictObject({
    maximum: duration.refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes').optional(),
    idle: duration.refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes').optional(),
    spread: duration.optional(),
  })
  .refine(
    ({ maximum = Number.POSITIVE_INFINITY, spread = 0 }) => spread <= maximum / 2,
    'spread must be at most half of maximum',
  )

/** How long user and service tokens live, and what the form offers. */
const tokenPolicy = z.strictObject({
  user: policy.optional(),
  service: policy.optional(),
  /** What the form offers besides a date: durations, and `never` where there is no maximum. */
  choices: z
    .array(z.union([z.literal('never'), duration]))
    .min(1)
    .optional(),
  /** Which of them is chosen to begin with. */
  default: z.union([z.literal('never'), duration]).optional(),
})

/** How the site presents itself. */
const site = z.strictObject({
  name: z.string().min(1).max(80).default('Science Platform'),
  logoUrl: image.optional(),
  accentColor: colour.optional(),
  helpLinks: z.array(link).default([]),
  /** HTML at the foot of every page. */
  footerHtml: z.string().optional(),
  /** Where TAP clients connect; the recipes of the token page are made from it. */
  tapUrl: httpUrl.optional(),
})

/**
 * The configuration. Names and forms are Gafaelfawr's where the meaning is (`knownScopes`, `groupMapping`,
 * `tokenLifetime`, `proxies`, …), so that a site's existing file carries over.
 */
export const settingsSchema = z
  .strictObject({
    port: z.coerce.number().int().min(0).max(65535).default(8080),
    /** The address to listen on. Other machines reach Postern through a proxy on this one, unless the site says otherwise. */
    host: z.string().min(1).default('127.0.0.1'),
    /** Where the checks and /health listen; on the public address only when this is not given. */
    internalListen: listenAddress.optional(),
    /** Processes that serve; `auto` is one for each core. One, unless the site says otherwise: a container sees cores that are not its own. */
    workers: workers.default(1),
    /** For how long requests are still taken after a stop was asked for, so that load balancers notice first. */
    stopGrace: duration.default(2),
    baseUrl: httpUrl.refine((at) => at.pathname === '/' && !at.search && !at.hash, 'must have no path').optional(),
    data: z.string().min(1).default('.postern'),
    databaseUrl: url(['postgres', 'postgresql']).optional(),
    redisUrl: z
      .string()
      .refine((text) => readRedisUrl(text) !== undefined, REDIS_URL_RULE)
      .transform((text) => new Secret(text))
      .optional(),
    secret: secrets.optional(),
    bootstrapToken: z
      .string()
      .refine(
        (text) => typeof parseToken(text) !== 'string',
        'must be a token of the form gt-<22 characters>.<22 characters>',
      )
      .transform((text) => new Secret(text))
      .optional(),
    tokenLifetime: duration
      .refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes')
      .default(30 * DAY),
    /** Ends sessions that nobody uses for so long, nor anything that was delegated from them. */
    sessionIdleLifetime: duration.refine((seconds) => seconds >= 5 * MINUTE, 'must be at least 5 minutes').optional(),
    tokenPolicy: tokenPolicy.prefault({}),
    knownScopes: z.record(scope, z.string()).default(RUBIN_SCOPES as Record<Scope, string>),
    groupMapping: z.record(scope, z.array(mappedGroup)).default(DEFAULT_GROUP_MAPPING as Record<Scope, string[]>),
    /** Whether tokens lose what their owner's groups no longer give; those that an administrator made never do. */
    scopesFollowGroups: z.boolean().default(true),
    /** Networks whose forwarding headers are believed. */
    proxies: z.array(network).default(['127.0.0.0/8', '::1/128']),
    allowSubdomains: z.boolean().default(false),
    /** How long a process may go by what it remembers of a token without asking a store again. 0: never. */
    memoryMaxAge: duration.default(MINUTE),
    /** Tokens that a process remembers at most, at 1 KiB each on average. */
    memoryMaxTokens: z.coerce.number().int().nonnegative().default(100_000),
    quota: quotaSchema.optional(),
    /** Cookies besides our own in which clients may carry a token, such as MAST's `mast_token`. */
    tokenCookies: z
      .array(
        z
          .string()
          .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a cookie')
          .refine((name) => !isOurCookie(name), 'must not be a name of Postern’s own cookies'),
      )
      .default([]),
    /** Whether notebook and service tokens may create user tokens. */
    delegatedTokensCreate: z.boolean().default(false),
    oidc: oidcSchema.optional(),
    cilogon: cilogonSchema.optional(),
    keycloak: keycloakSchema.optional(),
    github: githubSchema.optional(),
    /** Whether people may sign in with accounts kept here; when not given, only where no identity provider is configured. */
    localAccounts: z.boolean().optional(),
    ldap: ldapSchema.optional(),
    afterLogoutUrl: httpUrl.optional(),
    /** Where e-mail is handed in; without it nobody is written to. */
    smtpUrl: url(['smtp', 'smtps']).optional(),
    /** From whom e-mail comes, such as `Science Platform <noreply@example.org>`; required with smtpUrl. */
    mailFrom: z.string().regex(/@/, 'must be an e-mail address').optional(),
    /** How long before its end the owner of a token is written to. */
    warnBefore: z.array(duration).default([7 * DAY, DAY]),
    /** HTML at the foot of pages that say no. */
    errorFooter: z.string().optional(),
    logLevel: z
      .string()
      .toLowerCase()
      .pipe(z.enum(['debug', 'info', 'warning', 'error']))
      .default('info'),
    programs: programs.optional(),
    site: site.prefault({}),
  })
  .superRefine((settings, context) => {
    if (settings.smtpUrl && !settings.mailFrom)
      context.addIssue({ code: 'custom', path: ['mailFrom'], message: 'must be given with smtpUrl' })
    for (const each of ['admin:token', 'admin:userinfo', 'user:token'] as Scope[])
      if (!(each in settings.knownScopes))
        context.addIssue({ code: 'custom', path: ['knownScopes'], message: `must have ${each}` })
    if (settings.programs && !(settings.programs.scope in settings.knownScopes))
      context.addIssue({
        code: 'custom',
        path: ['programs', 'scope'],
        message: `${settings.programs.scope} is not in knownScopes`,
      })
    for (const each of Object.keys(settings.groupMapping) as Scope[])
      if (!(each in settings.knownScopes))
        context.addIssue({ code: 'custom', path: ['groupMapping', each], message: 'is not in knownScopes' })
    for (const problem of providerProblems(settings)) context.addIssue({ code: 'custom', ...problem })
    if (settings.localAccounts === false && oidcProviders(settings).length === 0 && !settings.github)
      context.addIssue({
        code: 'custom',
        path: ['localAccounts'],
        message: 'is false and no identity provider is configured: nobody could sign in',
      })
  })
  .transform((given) => {
    const baseUrl = given.baseUrl ?? new URL(`http://localhost:${given.port}`)
    const { oidc, cilogon, keycloak, localAccounts, ...rest } = given
    const providers = oidcProviders({ oidc, cilogon, keycloak })
    return {
      ...rest,
      baseUrl,
      /** What our own cookies are called here. */
      cookies: cookieNames({ ...rest, baseUrl }),
      oidcProviders: providers,
      localAccounts: accountsOf(localAccounts, providers.length > 0 || given.github !== undefined),
      knownScopes: new Map(Object.entries(given.knownScopes).sort() as [Scope, string][]),
      groupMapping: new Map(
        Object.entries(given.groupMapping).map(([each, groups]) => [each as Scope, new Set(groups)]),
      ),
    }
  })

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
