import { z } from 'zod'
import { teamGroup } from '../core/people/github-groups.js'
import { isGroupName } from '../core/people/identifiers.js'
import type { ProviderMark } from '../core/people/provider-mark.js'
import type { Secret } from '../core/token/secret.js'
import { clientSecret, icon, safeUrl, title } from './providers.js'

/** GitHub, or a GitHub Enterprise Server. */
export interface GithubSettings {
  readonly title: string
  readonly icon: ProviderMark
  readonly clientId: string
  readonly clientSecret: Secret
  /** Organizations (their logins, in small letters) whose teams are groups; absent: all of them. */
  readonly organizations?: ReadonlySet<string> | undefined
  /** Where people sign in. */
  readonly url: URL
  /** Where programs ask. */
  readonly apiUrl: URL
}

const organization = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/, 'must be the login of an organization, such as lsst-sqre')
  .transform((login) => login.toLowerCase())

/** Gafaelfawr's section, with the addresses for a GitHub Enterprise Server besides. */
export const githubSchema = z
  .strictObject({
    title,
    icon: icon.default('github'),
    clientId: z.string().min(1).describe('The client identifier of the OAuth App'),
    clientSecret,
    organizations: z
      .array(organization)
      .min(1)
      .optional()
      .describe('Organizations whose teams are groups; all when not given'),
    url: safeUrl.optional().describe('A GitHub Enterprise Server; `https://github.com` when not given'),
    apiUrl: safeUrl.optional().describe('The address of its API; derived from `url` when not given'),
  })
  .transform(({ organizations, url = new URL('https://github.com'), apiUrl, ...rest }): GithubSettings => {
    const name = rest.title ?? (url.hostname === 'github.com' ? 'GitHub' : url.hostname)
    const api = url.hostname === 'github.com' ? new URL('https://api.github.com') : new URL('/api/v3', url)
    return {
      ...rest,
      title: name,
      url,
      apiUrl: apiUrl ?? api,
      ...(organizations && { organizations: new Set(organizations) }),
    }
  })

const team = z.strictObject({ github: z.strictObject({ organization, team: z.string().min(1) }) })

/** A group in a mapping: its name, or Gafaelfawr's `github: {organization, team}` for what the team is called as a group. */
export const mappedGroup = z.preprocess(
  (given) => {
    const { data } = team.safeParse(given)
    return data ? teamGroup(data.github.organization, data.github.team) : given
  },
  z
    .string({ error: 'must be the name of a group, or github with its organization and team, such as astronomers' })
    .refine(isGroupName, 'must be the name of a group, such as astronomers')
    .meta({ example: 'astronomers' }),
)
