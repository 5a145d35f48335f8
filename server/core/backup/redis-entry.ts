/** A key of Redis as a line of a backup. */
export type RedisEntry = {
  readonly key: string
  /** Milliseconds since 1970; absent: it never expires. */
  readonly expires?: number
} & ({ readonly value: string } | { readonly members: readonly (readonly [member: string, score: string])[] })

const TOKEN = /^postern:token:\{([\w-]+)\}$/

/** What a backup has to know of a token in Redis. */
export interface TokenInRedis {
  readonly key: string
  readonly username: string
  readonly created: number
  readonly expires: number
  /** Whether it is listed with the delegated tokens of its owner, not with the sessions. */
  readonly delegated: boolean
}

/** Reads the token of an entry; undefined for another entry, and for a record that no check could read, either. */
export function tokenOf(entry: RedisEntry): TokenInRedis | undefined {
  const key = TOKEN.exec(entry.key)?.[1]
  if (key === undefined || !('value' in entry)) return undefined
  try {
    const { username, created, expires, parent } = JSON.parse(entry.value) as Readonly<Record<string, unknown>>
    if (typeof username !== 'string' || typeof created !== 'number' || typeof expires !== 'number') return undefined
    return { key, username, created, expires, delegated: parent !== undefined }
  } catch {
    return undefined
  }
}
