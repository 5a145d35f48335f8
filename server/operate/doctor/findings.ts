import { siteAddress } from '../../core/site/base-path.js'
import { DAY, type EpochSeconds, isoTime } from '../../core/time.js'
import type { Lockdown } from '../../storage/postgres/lockdown.js'
import type { IssuerFacts } from './trusted-issuers.js'

/** PostgreSQL has a minor release each three months, with the fixes of security. An older one has missed one. */
const MAX_RELEASE_AGE_DAYS = 120

/** What `postern doctor` has looked up. */
export interface Facts {
  readonly now: EpochSeconds
  readonly baseUrl: URL
  readonly postgres: string
  /** Of the PostgreSQL that comes with Postern; absent where the site has its own. */
  readonly embedded?: { readonly version: string; readonly released: EpochSeconds }
  readonly redis: string
  /** By which Redis drops keys when its memory is full; absent where it drops none. */
  readonly evictionPolicy?: string
  readonly lockdown?: Lockdown
  /** User names of the emergency accounts. */
  readonly emergency: readonly string[]
  readonly issuers: readonly IssuerFacts[]
  readonly hasWebhook: boolean
  readonly hasInternalListener: boolean
}

/** One line of the doctor. A warning asks the operator to act, or to have a reason not to. */
export interface Finding {
  readonly about: string
  readonly says: string
  readonly isWarning?: true
  /** The doctor could not know. */
  readonly isUnknown?: true
}

/** Judges the facts. */
export function findingsOf(facts: Facts): Finding[] {
  const { emergency, hasWebhook, hasInternalListener } = facts
  return [
    postgresFinding(facts),
    redisFinding(facts),
    { about: 'Stores', says: 'see "postern audit stores" for whether they agree' },
    lockdownFinding(facts),
    { about: 'Emergency accounts', says: emergency.join(', ') || 'none; see "postern account add --emergency"' },
    { about: 'Alarms', says: hasWebhook ? 'are sent to alertWebhook' : 'are in the log alone; see alertWebhook' },
    { about: 'Listeners', says: hasInternalListener ? 'clients and proxies have one each' : ONE_LISTENER },
    siteFinding(facts),
    ...facts.issuers.map(issuerFinding),
  ]
}

const ONE_LISTENER = 'one for clients and proxies; the proxy must close /ingress, see internalListen'

function postgresFinding({ postgres, embedded, now }: Facts): Finding {
  if (!embedded) return { about: 'PostgreSQL', says: `${postgres}, the site's own` }
  const age = Math.floor((now - embedded.released) / DAY)
  const date = isoTime(embedded.released).slice(0, 'yyyy-mm-dd'.length)
  const says = `${postgres}, comes with Postern, released ${date}, ${age} days ago`
  if (age <= MAX_RELEASE_AGE_DAYS) return { about: 'PostgreSQL', says }
  const advice =
    'a newer release has fixes: update Postern, or set DATABASE_URL to a PostgreSQL that is kept up to date'
  return { about: 'PostgreSQL', says: `${says}; ${advice}`, isWarning: true }
}

function redisFinding({ redis, evictionPolicy }: Facts): Finding {
  if (evictionPolicy === undefined) return { about: 'Redis', says: redis }
  const says = `${redis}; it ends sessions when its memory is full (maxmemory-policy ${evictionPolicy}): set noeviction`
  return { about: 'Redis', says, isWarning: true }
}

function lockdownFinding({ lockdown }: Facts): Finding {
  if (!lockdown) return { about: 'Lockdown', says: 'off' }
  const reason = lockdown.reason === undefined ? '' : `: ${lockdown.reason}`
  return { about: 'Lockdown', says: `on since ${isoTime(lockdown.since)}${reason}`, isWarning: true }
}

function siteFinding({ baseUrl }: Facts): Finding {
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(baseUrl.hostname)
  if (baseUrl.protocol === 'https:' || loopback) return { about: 'Site', says: siteAddress(baseUrl) }
  return {
    about: 'Site',
    says: `${siteAddress(baseUrl)}: without https, cookies and tokens can be read on the network`,
    isWarning: true,
  }
}

function issuerFinding({ issuer, fault }: IssuerFacts): Finding {
  const about = 'Trusted issuer'
  if (fault === undefined) return { about, says: `${issuer}, whose keys can be fetched` }
  return warning(
    about,
    `${issuer}: its keys cannot be fetched: ${fault}; its programs get no token, see trustedIssuers`,
  )
}

/** A finding that asks the operator to act. */
export function warning(about: string, says: string): Finding {
  return { about, says, isWarning: true }
}

/** A finding that the doctor could not make. */
export function unknown(about: string, says: string): Finding {
  return { about, says, isUnknown: true }
}
