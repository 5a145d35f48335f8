/** Of libpq's `target_session_attrs`, those that a primary has. */
const WRITABLE: readonly string[] = ['any', 'read-write', 'primary']

/** A comma among the hosts; one in a password is before the `@`. */
const HOSTS = /^[a-z]+:\/\/(?:[^/?#]*@)?[^@/?#]*,[^@/?#]*(?:[/?#]|$)/
const LISTED = /[?&](?:host|hostaddr|port)=[^&]*(?:,|%2c)/i
const REPEATED = /[?&]host=.*[?&]host=/
const WISH = /[?&]target_session_attrs=([^&]*)/

const ONE_ADDRESS =
  'name the one address that leads to the primary, now and after a failover (a virtual IP, HAProxy, PgBouncer, the service of a cluster)'

/**
 * Returns what keeps a URL of PostgreSQL from being the address of a primary. libpq takes several hosts, asks each, and goes on to
 * the next after a failover; the driver does not, and would take the list for a name.
 */
export function primaryAddressFault(url: string): string | undefined {
  if (HOSTS.test(url) || LISTED.test(url) || REPEATED.test(url)) return `names several hosts: ${ONE_ADDRESS}`
  const [, wish = 'any'] = WISH.exec(url) ?? []
  return WRITABLE.includes(wish) ? undefined : `asks for a replica (target_session_attrs): ${ONE_ADDRESS}`
}
