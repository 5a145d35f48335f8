import type { Settings } from '../schema.js'

/** Returns the titles of the site's identity providers, by `id`, in the order of the sign-in page. */
export function providerTitles({
  oidcProviders,
  github,
  samlProviders,
}: Pick<Settings, 'oidcProviders' | 'github' | 'samlProviders'>): ReadonlyMap<string, string> {
  const titles = [...oidcProviders, ...samlProviders].map(({ id, title }): [string, string] => [id, title])
  return new Map([...titles, ...(github ? [['github', github.title] as const] : [])])
}
