import { hash } from 'node:crypto'
import { compare } from 'bcryptjs'
import { LRUCache } from 'lru-cache'
import { Secret } from '../../core/token/secret.js'
import { type Digest, secretMatches } from '../../core/token/token.js'

/** A hash of bcrypt: of a client that was imported from Gafaelfawr. Those of this site are SHA-256, 32 bytes. */
const BCRYPT = /^\$2[aby]?\$\d\d\$[./A-Za-z0-9]{53}$/

/** Secrets that bcrypt has found right: comparing takes a quarter of a second, and each request of a client asks. */
const right = new LRUCache<string, true>({ max: 1_000 })

/** Compares a client's secret with a stored hash of either kind. */
export async function clientSecretMatches(presented: string, digest: Digest): Promise<boolean> {
  if (!BCRYPT.test(digest)) return secretMatches(new Secret(presented), digest)
  const name = hash('sha256', `${digest} ${presented}`, 'base64')
  if (right.has(name)) return true
  const matches = await compare(presented, digest)
  if (matches) right.set(name, true)
  return matches
}
