import { OFFLINE_ACCESS } from '../../core/openid/client.js'
import type { ListedConsent } from '../../storage/postgres/openid/consents.js'
import type { ShownConsent } from './view-models.js'

/** What each scope tells a client, to the user who is asked. */
const LEARNS: Readonly<Record<string, string>> = {
  openid: 'your user name here',
  profile: 'your name',
  email: 'your e-mail address',
  groups: 'the groups that you are in',
  rubin: 'the data releases that you may see',
}

/** Returns what scopes tell a client, each as a phrase. */
export function learnsBy(scopes: readonly string[]): string[] {
  return Object.entries(LEARNS).flatMap(([scope, phrase]) => (scopes.includes(scope) ? phrase : []))
}

export function shownConsent({ clientId, client, scopes, hosts, granted }: ListedConsent): ShownConsent {
  return { clientId, client, hosts, granted, learns: learnsBy(scopes), isLasting: scopes.includes(OFFLINE_ACCESS) }
}
