import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { isUsername } from '../../core/people/identifiers.js'
import type { LdapAnswer, LdapPerson, LdapResult } from '../../core/people/merge-sources.js'
import { type Clock, MINUTE } from '../../core/time.js'
import type { Group } from '../../core/token/record.js'
import type { LdapSettings } from '../../settings/ldap.js'
import type { Settings } from '../../settings/schema.js'
import type { Postgres } from '../postgres/client.js'
import { lastAnswer, saveAnswer } from '../postgres/ldap-answers.js'
import { LdapEntryError, LdapError } from '../unavailable.js'
import { LdapConnection } from './connection.js'
import { LdapPeople } from './search.js'

/** How long an answer counts: with what is kept on top of it, a change in a group is seen within five minutes. */
const FRESH_MS = 4 * MINUTE * 1000
/** How long it counts that there was no answer, so that one person's requests do not all ask again. */
const FAILED_MS = 10_000
const MAX_CACHED_PEOPLE = 10_000

/** The directory as everybody else sees it. */
export interface LdapDirectory {
  /** @param options.fresh whether to ask anew: at a sign-in somebody may have been put into a group a moment ago */
  find(username: string, options?: { readonly fresh?: boolean }): Promise<LdapResult>
  /** @throws LdapError when the directory does not say */
  all(): Promise<{ readonly people: ReadonlyMap<string, LdapPerson>; readonly groups: readonly Group[] }>
  close(): Promise<void>
}

/**
 * Opens the directory; nothing is connected until somebody is looked up. Answers are kept in memory for a few minutes, one
 * search at a time for each person, and the last one of each in PostgreSQL, for when the directory is away. (That is
 * written behind the check's back, which does not wait for it.)
 */
export function openLdap(
  ldap: LdapSettings,
  settings: Settings,
  { postgres, clock, log }: { readonly postgres: Postgres; readonly clock: Clock; readonly log: Logger },
): LdapDirectory {
  const connection = new LdapConnection(ldap, clock, log)
  const people = new LdapPeople(ldap, connection, namesThatMean(settings), log)
  const writing = new Set<Promise<void>>()
  if (ldap.url.protocol === 'ldap:' && !ldap.startTls)
    log.warn({ server: ldap.url.host }, 'The directory is asked without TLS: whoever is on the way can make up groups')

  function remember(username: string, said: LdapAnswer): void {
    const written = saveAnswer(postgres, username, said)
      .catch((error: unknown) => log.warn({ err: error }, 'What the directory said was not kept'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  async function search(username: string): Promise<LdapResult> {
    const person = await people.find(username)
    const said = { at: clock(), ...(person && { person }) }
    remember(username, said)
    return { is: 'said', ...said }
  }

  /** What is in memory may be newer than what was written, and what another process wrote newer than that. */
  async function lastWord(username: string, kept: LdapResult | undefined): Promise<LdapResult> {
    const mine = kept?.is === 'said' ? kept : kept?.is === 'silent' ? kept.last : undefined
    const written = await lastAnswer(postgres, username)
    const last = mine && written && written.at > mine.at ? written : (mine ?? written)
    return { is: 'silent', ...(last && { last }) }
  }

  const cache = new LRUCache<string, LdapResult>({
    max: MAX_CACHED_PEOPLE,
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: () => clock() * 1000 },
    noDeleteOnFetchRejection: true,
    // Where a new answer differs from `kept`, somebody's groups have changed: what was worked out from the old ones and is
    // kept elsewhere lives on for as long as it is kept there.
    async fetchMethod(username, kept, { options }) {
      try {
        return await search(username)
      } catch (error) {
        options.ttl = FAILED_MS
        if (error instanceof LdapEntryError) {
          log.error(
            { user: username, cause: error.message },
            'The directory has somebody in a form that cannot be believed',
          )
          return { is: 'unreadable' }
        }
        if (!(error instanceof LdapError)) throw error
        log.debug({ user: username, cause: error.message }, 'The directory did not say')
        return lastWord(username, kept)
      }
    },
  })

  return {
    async find(username, { fresh = false } = {}) {
      // What can be no user name is not asked for.
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

/** The groups that give scopes or quotas. */
function namesThatMean({ groupMapping, quota }: Settings): ReadonlySet<string> {
  const giving = [...groupMapping.values()].flatMap((groups) => [...groups])
  return new Set([...giving, ...Object.keys(quota?.groups ?? {}), ...(quota?.bypass ?? [])])
}
