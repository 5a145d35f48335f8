import { type BrokenLink, CHAIN_START, type ChainHead, checkLinks, type StoredLink } from '../../core/audit/chain.js'
import type { Postgres } from '../postgres/client.js'
import { readPlace } from './extend-chain.js'
import { searchAudit } from './search.js'

/** Links to a query. */
const LINKS_PER_BATCH = 2_000

/** The outcome of a verification: the first wrong link, or the number of links and the last of them. */
export type Verification = BrokenLink | { readonly head: ChainHead; readonly links: number }

/**
 * Verifies the chain from its first link to its last. It names the first link that was edited, deleted or moved.
 *
 * @param known a head that was logged earlier: it finds a chain that was rewritten as a whole, or cut off at its end
 */
export async function verifyChain({ pool }: Pick<Postgres, 'pool'>, known?: ChainHead): Promise<Verification> {
  const start = (await readPlace(pool, 'base')) ?? { position: 0, hash: CHAIN_START }
  // Read before the links: what is chained meanwhile is beyond it, and no link before it may be missing.
  const head = (await readPlace(pool, 'head')) ?? start
  let last: ChainHead = start
  for (;;) {
    const links = await searchAudit({ pool }, { cursor: last.position }, LINKS_PER_BATCH)
    const checked = checkLinks(last, links)
    if ('fault' in checked) return checked
    const wrong = [head, known].find((each) => each !== undefined && differsAt(each, last, links))
    if (wrong) return { position: wrong.position, fault: 'changed' }
    last = checked
    if (links.length < LINKS_PER_BATCH) break
  }
  const missing = [head, known].some((each) => each !== undefined && each.position > last.position)
  if (missing) return { position: last.position + 1, fault: 'missing' }
  return { head: last, links: last.position - start.position }
}

function differsAt({ position, hash }: ChainHead, last: ChainHead, links: readonly StoredLink[]): boolean {
  const link = [last, ...links].find((each) => each.position === position)
  return link !== undefined && link.hash !== hash
}
