import { canParseUrl } from '../core/can-parse-url.js'

export interface RedisHost {
  readonly host: string
  readonly port: number
}

/** Where Redis is, and how it is reached. */
export interface RedisAddress {
  /** One server; sentinels that know which of several is the master; or some nodes of a Redis Cluster. */
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** Never empty; exactly one server. */
  readonly hosts: readonly RedisHost[]
  readonly username?: string
  readonly password?: string
  readonly database: number
  /** The master's name in the sentinels' configuration. */
  readonly master?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  readonly tls: boolean
  /** A file of certificates to trust instead of the system's. */
  readonly tlsCa?: string
}

export const REDIS_URL_RULE =
  'must be redis://HOST:PORT/DB, redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB or redis+cluster://HOST:PORT,HOST:PORT; rediss for TLS; no parameter but tls-ca, sentinel-username and sentinel-password; such as redis://cache.example.org:6379/0'

/** Scheme, credentials, hosts, and the rest, whose forms a URL has. */
const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)([/?][^#]*)?$/
/** A name, an IPv4 address, or an IPv6 address in brackets; and a port. */
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/
const PARAMETERS: readonly string[] = ['tls-ca', 'sentinel-username', 'sentinel-password']

/**
 * Reads the address of Redis; undefined when it does not follow {@link REDIS_URL_RULE}. Not by URL alone, which knows of no
 * second host.
 */
export function readRedisUrl(text: string): RedisAddress | undefined {
  const [form, s, given, who = '', list = '', rest = ''] = FORM.exec(text) ?? []
  if (form === undefined || !canParseUrl(`redis://${who}@host${rest}`)) return undefined
  const kind = given === 'sentinel' || given === 'cluster' ? given : 'server'
  const hosts = list.split(',').map((each) => readHost(each, kind === 'sentinel' ? 26379 : 6379))
  const { username, password, pathname, searchParams } = new URL(`redis://${who}@host${rest}`)
  const place = readPlace(kind, pathname)
  const isKnown = [...searchParams.keys()].every((name) => PARAMETERS.includes(name))
  if (!place || !isKnown || hosts.includes(undefined) || (kind === 'server' && hosts.length > 1)) return undefined
  return {
    kind,
    hosts: hosts.filter((each) => each !== undefined),
    tls: s === 's',
    ...place,
    ...(username && { username: decode(username) }),
    ...(password && { password: decode(password) }),
    ...parameter('tlsCa', searchParams.get('tls-ca')),
    ...parameter('sentinelUsername', searchParams.get('sentinel-username')),
    ...parameter('sentinelPassword', searchParams.get('sentinel-password')),
  }
}

function readHost(text: string, usualPort: number): RedisHost | undefined {
  const [, host, port] = HOST.exec(text) ?? []
  if (host === undefined || Number(port ?? 0) > 65535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? usualPort) }
}

/** The path: the database, which only a cluster has none of; and before it the master, where there are sentinels. */
function readPlace(kind: RedisAddress['kind'], path: string): { master?: string; database: number } | undefined {
  const words = path.split('/').slice(1)
  if (words.at(-1) === '') words.pop()
  const master = kind === 'sentinel' ? words.shift() : undefined
  const [database = '0', ...more] = words
  if (more.length > 0 || !/^\d{1,5}$/.test(database) || (kind === 'cluster' && database !== '0')) return undefined
  if (kind !== 'sentinel') return { database: Number(database) }
  return master === undefined ? undefined : { master: decode(master), database: Number(database) }
}

/** A percent that begins nothing stands for itself, as in the URLs of other programs. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parameter<N extends string>(name: N, value: string | null): { readonly [K in N]?: string } {
  return value === null ? {} : ({ [name]: value } as { [K in N]: string })
}
