/** The marks of identity providers on the sign-in page; `openid` is for those without one of their own. */
export const PROVIDER_MARKS = [
  'federation',
  'github',
  'gitlab',
  'google',
  'ldap',
  'microsoft',
  'openid',
  'orcid',
  'saml',
] as const
export type ProviderMark = (typeof PROVIDER_MARKS)[number]

const HOSTS: readonly (readonly [RegExp, ProviderMark])[] = [
  [/(?:^|\.)cilogon\.org$|(?:^|\.)edugain\.org$/, 'federation'],
  [/^gitlab\./, 'gitlab'],
  [/^accounts\.google\.com$/, 'google'],
  [/(?:^|\.)orcid\.org$/, 'orcid'],
  [/^(?:login\.microsoftonline\.com|sts\.windows\.net)$/, 'microsoft'],
]

/** Chooses the mark of an OpenID provider by the host of its issuer. */
export function markOfIssuer({ hostname }: URL): ProviderMark {
  return HOSTS.find(([host]) => host.test(hostname))?.[1] ?? 'openid'
}
