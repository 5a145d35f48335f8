import { OFFLINE_ACCESS } from '../../core/openid/client.js'
import type { ListedConsent } from '../../storage/postgres/openid/consents.js'
import type { Words } from '../../words/words.js'
import type { ShownConsent } from './view-models.js'

/** The scopes that tell a client something about its user, in the order of pages. */
const TELLING = ['openid', 'profile', 'email', 'groups', 'rubin']

/** Returns what scopes tell a client, each as a phrase. */
export function learnsBy(scopes: readonly string[], words: Words): string[] {
  return TELLING.filter((scope) => scopes.includes(scope)).map((scope) => words.text(`openid.facts.${scope}`))
}

export function shownConsent({ clientId, client, scopes, hosts, granted }: ListedConsent, words: Words): ShownConsent {
  const learns = learnsBy(scopes, words)
  return { clientId, client, hosts, granted, learns, isLasting: scopes.includes(OFFLINE_ACCESS) }
}
