import type { Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'

/** Gives a user so many user tokens, `token 1` the newest, each an hour older than the one before. */
export async function giveTokens({ context }: RunningPostern, username: string, count: number): Promise<void> {
  await context.postgres.pool.query(
    `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
     SELECT substr(md5($1 || ' ' || n), 1, 21) || 'A', '\\x00', 'user', $1, 'token ' || n, '{}', now() - n * interval '1 hour'
     FROM generate_series(1, $2::int) n`,
    [username, count],
  )
}

/** The names of all tokens of a list, from its first page to its last, and how many there were on each page. */
export async function walk(visitor: Visitor, first: string): Promise<{ names: string[]; sizes: number[] }> {
  const names: string[] = []
  const sizes: number[] = []
  for (let there: string | undefined = first; there !== undefined; ) {
    const { text } = await visitor.get(there)
    const found = [...text.matchAll(/>(token \d+)</g)].map(([, name = '']) => name)
    names.push(...found)
    sizes.push(found.length)
    there = /href="([^"]+)" rel="next"/.exec(text)?.[1]
  }
  return { names, sizes }
}
