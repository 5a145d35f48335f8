import { lowerAscii } from '../lower-ascii.js'

/** How a site makes user names of the names that a provider sends. */
export interface UsernameRule {
  /** The domain after the `@`, which is removed. */
  readonly usernameDomain?: string | undefined
  readonly usernameTransform?:
    | {
        readonly lowerCase: boolean
        /** Cuts the user name out of the whole name; undefined for a name that does not match. */
        readonly pattern?: ((name: string) => string | undefined) | undefined
      }
    | undefined
}

/** A name that the rule makes no user name of. It is no `Refusal`: the sign-in is refused with the name and this cause. */
export class NoUsername {
  constructor(readonly cause: string) {}
}

/**
 * Makes a user name of a provider's name: without the domain, then in lower case, then cut. A name at another domain, or one that
 * the pattern does not match, is another user's.
 *
 * Two names of a provider may become one user name. It belongs to the first identity that brings it.
 */
export function transformUsername(
  given: string,
  { usernameDomain, usernameTransform }: UsernameRule,
): string | NoUsername {
  const local = usernameDomain === undefined ? given : withoutDomain(given, usernameDomain)
  if (local === undefined) return new NoUsername(`does not end in @${usernameDomain}`)
  const { lowerCase = false, pattern } = usernameTransform ?? {}
  const name = lowerCase ? lowerAscii(local) : local
  const cut = pattern ? pattern(name) : name
  return cut ?? new NoUsername('does not match usernameTransform.pattern')
}

function withoutDomain(text: string, domain: string): string | undefined {
  const end = lowerAscii(`@${domain}`)
  return lowerAscii(text).endsWith(end) ? text.slice(0, -end.length) : undefined
}
