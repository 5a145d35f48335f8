import { hash } from 'node:crypto'

/** The hash before the first event. */
export const CHAIN_START = '0'.repeat(64)

/**
 * Returns a JSON value as text, the same for equal values: names in order, no white space (RFC 8785). Undefined values are
 * left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value))
}

/** Copies a value with its names in order. A copy first is cheaper than a function that JSON calls for each name. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, each]) => [name, inOrder(each)]))
}

/**
 * Returns the hash of a link: SHA-256 of the hash before it, its position, and its event in canonical JSON. An event that is
 * edited, or that stands in another place, has another hash, and so has every event after it.
 */
export function linkHash(previous: string, position: number, event: string): string {
  return hash('sha256', `${previous}\n${position}\n${event}`, 'hex')
}

/** The last link of a chain, or the one before its first. */
export interface ChainHead {
  readonly position: number
  readonly hash: string
}

/** A link as it is stored. */
export interface StoredLink extends ChainHead {
  /** The event in canonical JSON. */
  readonly event: string
}

/** The first link that is wrong. */
export interface BrokenLink {
  readonly position: number
  /** `missing`: no event has this position. `changed`: the event or its hash is not the one that was chained. */
  readonly fault: 'missing' | 'changed'
}

/** Checks the next links of a chain. @returns the last of them, or the first that is wrong */
export function checkLinks(before: ChainHead, links: readonly StoredLink[]): ChainHead | BrokenLink {
  let last = before
  for (const { position, hash, event } of links) {
    const expected = last.position + 1
    if (position !== expected) return { position: expected, fault: 'missing' }
    if (hash !== linkHash(last.hash, position, event)) return { position, fault: 'changed' }
    last = { position, hash }
  }
  return last
}
