import { z } from 'zod'
import { canParseUrl } from '../core/can-parse-url.js'
import { isGroupName } from '../core/people/identifiers.js'
import { markOfIssuer, PROVIDER_MARKS, type ProviderMark } from '../core/people/provider-mark.js'
import { Secret } from '../core/token/secret.js'
import { wholePattern } from './whole-pattern.js'

/** One OpenID provider, whichever name the configuration gave it. */
export interface OidcSettings {
  /** In addresses and in `person.provider`. */
  readonly id: string
  readonly title: string
  /** Its mark on the sign-in page. */
  readonly icon: ProviderMark
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: Secret
  /** Instead of what the provider's own metadata says. */
  readonly loginUrl?: URL | undefined
  readonly tokenUrl?: URL | undefined
  /** Sent along to the login page: `{ skin: LSST }`. */
  readonly loginParams: Readonly<Record<string, string>>
  readonly scopes: readonly string[]
  readonly usernameClaim: string
  /** The domain after the `@` of user names, which is removed; names without it are refused. */
  readonly usernameDomain?: string | undefined
  readonly usernameTransform?: z.infer<typeof usernameTransform> | undefined
  readonly nameClaim: string
  readonly emailClaim: string
  /** Whether an address counts as verified where the provider sends no `email_verified`. */
  readonly trustEmail: boolean
  readonly groupsClaim?: string | undefined
  /** Names of groups here, by the provider's names. */
  readonly groupNames: Readonly<Record<string, string>>
  readonly uidClaim?: string | undefined
  readonly gidClaim?: string | undefined
  /** The values of `acr` with which a session gets `admin:*` scopes; absent: with every value. */
  readonly requireAcr?: readonly string[] | undefined
  /** Where a user without a user name registers one. */
  readonly enrollmentUrl?: URL | undefined
}

/**
 * Nothing that is sent to a provider may be read on the way, the client's secret least of all. Only this machine can listen
 * on its own loopback.
 */
export const safeUrl = z
  .string()
  .refine(
    (text) => canParseUrl(text) && isSafe(new URL(text)),
    'must be an https URL (http only on this machine: 127.0.0.1, localhost), such as https://login.example.org',
  )
  .transform((text) => new URL(text))
  .meta({ title: 'https URL' })

function isSafe({ protocol, hostname, username, password, hash }: URL): boolean {
  const loopback = protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  return (protocol === 'https:' || loopback) && username === '' && password === '' && hash === ''
}

const SECRET_ELSEWHERE =
  'is required; it may also come from the environment (…_CLIENT_SECRET) or a file (…_CLIENT_SECRET_FILE)'

export const clientSecret = z
  .string({ error: SECRET_ELSEWHERE })
  .min(1, 'must not be empty')
  .transform((text) => new Secret(text))
  .describe('The client secret of the registration')

/** Its own words of the flow are not the site's to change: another `state` or `redirect_uri` would open it to others. */
const OURS = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
]

const loginParams = z
  .record(z.string(), z.string())
  .refine(
    (given) => OURS.every((name) => !(name in given)),
    `may not have ${OURS.join(', ')}: Postern sets them itself`,
  )
  .default({})
  .describe('Further parameters for the provider’s login page')

const claim = z.string().min(1)
export const providerId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must begin with a letter and have lowercase letters, digits and dashes only, such as my-lab',
  )
  .describe('Identifier of the provider, in addresses and in the user’s record')
export const title = z.string().min(1).max(60).optional().describe('The name on the button of the sign-in page')

export const icon = z
  .enum(PROVIDER_MARKS)
  .optional()
  .describe('The mark on the button of the sign-in page; when not given, by the kind of the provider and its address')

const usernameTransform = z.strictObject({
  lowerCase: z.boolean().default(false).describe('Whether capitals become small letters'),
  pattern: wholePattern('username', 'uni-(?<username>.*)')
    .optional()
    .describe(
      'RE2 pattern that matches a whole name and has the user name in a group `username`; a name that does not match is refused',
    ),
})

export const contextClasses = z
  .array(z.string().regex(/^[\x21-\x7e]+$/, 'must have no spaces, such as urn:example:mfa'))
  .min(1)
  .optional()

/** How the users of a provider become users here. */
export const userRules = {
  enrollmentUrl: safeUrl.optional().describe('Where a user without a user name is sent to enrol'),
  usernameDomain: z
    .string()
    .min(1)
    .optional()
    .describe('The part after `@` that is cut off user names; a name without it is refused'),
  usernameTransform: usernameTransform
    .optional()
    .describe('Makes user names of names in another form, after `usernameDomain`'),
  groupNames: z
    .record(
      z.string().min(1),
      z
        .string()
        .refine(isGroupName, 'must be the name of a group, such as astronomers')
        .meta({ example: 'astronomers' }),
    )
    .default({})
    .describe('Names of groups here, by the provider’s names, which may have slashes and spaces'),
}

/** The fields of all three forms. */
const client = {
  title,
  icon,
  clientId: z.string().min(1).describe('The client identifier of the registration'),
  clientSecret,
  loginParams,
  requireAcr: contextClasses.describe(
    'Asks the provider for one of these `acr` values, such as a second factor; a session of a sign-in without one has no `admin:*` scope',
  ),
  ...userRules,
  nameClaim: claim.default('name').describe('Claim of the full name'),
  emailClaim: claim.default('email').describe('Claim of the e-mail address'),
  trustEmail: z
    .boolean()
    .default(false)
    .describe(
      'Whether addresses count as verified where the provider sends no `email_verified`; only for a provider whose users cannot set their own',
    ),
  uidClaim: claim.optional().describe('Claim of the UID'),
  gidClaim: claim.optional().describe('Claim of the primary GID'),
}

const anyProvider = {
  ...client,
  issuer: safeUrl.describe('The issuer; its discovery document is read'),
  loginUrl: safeUrl.optional().describe('Authorization endpoint, instead of the discovered one'),
  tokenUrl: safeUrl.optional().describe('Token endpoint, instead of the discovered one'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope, such as email'))
    .default(['profile', 'email'])
    .describe('Scopes to request besides `openid`'),
}

export const oidcProvider = z.strictObject({
  ...anyProvider,
  id: providerId.default('oidc').describe(providerId.description ?? ''),
  usernameClaim: claim.default('uid').describe('Claim of the user name'),
  groupsClaim: claim.optional().describe('Claim of the groups; without it groups come from LDAP'),
  audience: z.string().optional().describe('Must be the `clientId`: tokens for other audiences are refused'),
})

/** One provider, or a list of them. By hand and not as a union, whose complaints would not name the setting. */
export const oneOrMore = <T extends z.ZodType>(provider: T) =>
  z.unknown().transform((given, context): z.output<T>[] => {
    const result = z
      .array(provider)
      .min(1)
      .safeParse(Array.isArray(given) ? given : [given])
    if (result.success) return result.data
    const issues = result.error.issues.map((issue) => ({ ...issue, input: undefined }))
    context.issues.push(
      ...(Array.isArray(given) ? issues : issues.map((issue) => ({ ...issue, path: issue.path.slice(1) }))),
    )
    return z.NEVER
  })

export const oidcSchema = oneOrMore(oidcProvider)

/** CILogon: https://www.cilogon.org/oidc. The user name is the one that the site registered for the user. */
export const cilogonSchema = z.strictObject({
  ...client,
  test: z.boolean().default(false).describe('Uses CILogon’s test server'),
  usernameClaim: claim.default('username').describe('Claim of the user name'),
  groupsClaim: claim.optional().describe('Claim of the groups; without it groups come from LDAP'),
})

/** Keycloak: the issuer is `https://<host>/realms/<realm>`; groups need its "Group Membership" mapper. */
export const keycloakSchema = z.strictObject({
  ...anyProvider,
  usernameClaim: claim.default('preferred_username').describe('Claim of the user name'),
  groupsClaim: claim.default('groups').describe('Claim of the groups'),
})

interface Given {
  readonly saml?: readonly { readonly id: string }[] | undefined
  readonly oidc?: z.infer<typeof oidcSchema> | undefined
  readonly cilogon?: z.infer<typeof cilogonSchema> | undefined
  readonly keycloak?: z.infer<typeof keycloakSchema> | undefined
  readonly github?: unknown
}

/** All the OpenID providers that are configured, in the order in which the sign-in page offers them. */
export function oidcProviders({ cilogon, keycloak, oidc = [] }: Given): OidcSettings[] {
  return [
    ...(cilogon ? [fromCilogon(cilogon)] : []),
    ...(keycloak ? [marked({ ...keycloak, id: 'keycloak', title: keycloak.title ?? 'Keycloak' })] : []),
    ...oidc.map((each) => marked({ ...each, title: each.title ?? each.issuer.hostname })),
  ]
}

function marked<T extends { readonly issuer: URL; readonly icon?: ProviderMark | undefined }>(provider: T) {
  return { ...provider, icon: provider.icon ?? markOfIssuer(provider.issuer) }
}

/** The scopes are those that Gafaelfawr's clients are registered for: CILogon gives a client no others. */
function fromCilogon({ test, title = 'CILogon', ...rest }: z.infer<typeof cilogonSchema>): OidcSettings {
  const issuer = new URL(test ? 'https://test.cilogon.org' : 'https://cilogon.org')
  return marked({ ...rest, id: 'cilogon', title, issuer, scopes: ['email', 'org.cilogon.userinfo'] })
}

/** Returns whether the site has an identity provider of any kind. */
export function hasProvider(given: Given): boolean {
  return oidcProviders(given).length > 0 || given.github !== undefined || given.saml !== undefined
}

/** Finds mistakes in the combination of providers, each with its path. */
export function providerProblems(given: Given): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = []
  const saml = (given.saml ?? []).map(({ id }) => id)
  const ids = [...oidcProviders(given).map(({ id }) => id), ...(given.github ? ['github'] : []), ...saml]
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    const path = [saml.includes(twice) ? 'saml' : 'oidc']
    problems.push({ path, message: `needs an id for each provider ("${twice}" is there twice)` })
  }
  if (given.oidc?.some(({ audience, clientId }) => audience !== undefined && audience !== clientId))
    problems.push({ path: ['oidc', 'audience'], message: 'must be the clientId, or left out' })
  return problems
}
