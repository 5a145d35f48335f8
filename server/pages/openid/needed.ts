import type { MissingRight, OpenIdClient } from '../../core/openid/client.js'
import type { Words } from '../../words/words.js'

/** Says what a user needs for a client; without a missing right it is a new sign-in. */
export function neededFor(
  { description }: Pick<OpenIdClient, 'description'>,
  missing: MissingRight | undefined,
  words: Words,
): string {
  const groups = missing?.is === 'groups' ? missing.groups : []
  return words.text('openid.noAccess.needs', {
    client: description,
    missing: missing?.is ?? 'signIn',
    scope: missing?.is === 'scope' ? missing.scope : '',
    count: groups.length,
    groups: words.list(groups, 'or').join(''),
  })
}
