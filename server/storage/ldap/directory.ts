import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { isUsername } from '../../core/people/identifiers.js'
import type { LdapAnswer, LdapPerson, LdapResult } from '../../core/people/merge-sources.js'
import { type Clock, MINUTE } from '../../core/time.js'
import type { Group } from '../../core/token/record.js'
import type { LdapSettings } from '../../settings/ldap.js'
import { privilegedGroups } from '../../settings/privileged-groups.js'
import type { Settings } from '../../settings/schema.js'
import type { Postgres } from '../postgres/client.js'
import { lastAnswer, saveAnswer } from '../postgres/ldap-answers.js'
import { LdapEntryError, LdapError } from '../unavailable.js'
import { LdapConnection } from './connection.js'
import { LdapPeople } from './search.js'

/** TTL of an answer: with the token cache on top of it, a change of groups takes effect within five minutes. */
const FRESH_MS = 4 * MINUTE * 1000
/** TTL of a failure, so that not each request of a user repeats the search. */
const FAILED_MS = 10_000
const MAX_CACHED_PEOPLE = 10_000

/** The LDAP directory of users and groups. */
export interface LdapDirectory {
  /** @param options.fresh bypasses the cache: at a sign-in the user's groups may just have changed */
  find(username: string, options?: { readonly fresh?: boolean }): Promise<LdapResult>
  /** @throws LdapError when the directory does not answer */
  all(): Promise<{ readonly people: ReadonlyMap<string, LdapPerson>; readonly groups: readonly Group[] }>
  close(): Promise<void>
}

/**
 * Opens the directory; the first search connects. Answers are cached for a few minutes, with one search at a time for each
 * user. The last answer of each is saved in PostgreSQL, for outages of the directory; checks do not wait for that write.
 */
export function openLdap(
  ldap: LdapSettings,
  settings: Settings,
  { postgres, clock, log }: { readonly postgres: Postgres; readonly clock: Clock; readonly log: Logger },
): LdapDirectory {
  const connection = new LdapConnection(ldap, clock, log)
  const people = new LdapPeople(ldap, connection, privilegedGroups(settings), log)
  const writing = new Set<Promise<void>>()
  if (ldap.url.protocol === 'ldap:' && !ldap.startTls)
    log.warn({ server: ldap.url.host }, 'LDAP connection without TLS; an attacker on the network can forge groups')

  function save(username: string, answer: LdapAnswer): void {
    const written = saveAnswer(postgres, username, answer)
      .catch((error: unknown) => log.warn({ err: error }, 'LDAP answer not saved'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  async function search(username: string): Promise<LdapResult> {
    const person = await people.find(username)
    const answer = { at: clock(), ...(person && { person }) }
    save(username, answer)
    return { is: 'said', ...answer }
  }

  /** Finds the newest answer: the cached one, or one that another process saved later. */
  async function latestAnswer(username: string, cached: LdapResult | undefined): Promise<LdapResult> {
    const own = cached?.is === 'said' ? cached : cached?.is === 'silent' ? cached.last : undefined
    const saved = await lastAnswer(postgres, username)
    const last = own && saved && saved.at > own.at ? saved : (own ?? saved)
    return { is: 'silent', ...(last && { last }) }
  }

  const cache = new LRUCache<string, LdapResult>({
    max: MAX_CACHED_PEOPLE,
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: () => clock() * 1000 },
    noDeleteOnFetchRejection: true,
    // An answer that differs from `cached` invalidates no cached token: those keep the old groups until their own age limit.
    async fetchMethod(username, cached, { options }) {
      try {
        return await search(username)
      } catch (error) {
        options.ttl = FAILED_MS
        if (error instanceof LdapEntryError) {
          log.error({ user: username, cause: error.message }, 'LDAP user entry not usable')
          return { is: 'unreadable' }
        }
        if (!(error instanceof LdapError)) throw error
        log.debug({ user: username, cause: error.message }, 'LDAP search failed')
        return latestAnswer(username, cached)
      }
    },
  })

  return {
    async find(username, { fresh = false } = {}) {
      // A text that is no valid user name is not searched for.
      if (!isUsername(username)) return { is: 'said', at: clock() }
      return (await cache.fetch(username, { forceRefresh: fresh })) ?? { is: 'silent' }
    },
    all: () => people.all(),
    async close() {
      connection.close()
      await Promise.all(writing)
    },
  }
}
