import type { TokenRecord } from '../../core/token/record.js'
import type { Digest, TokenKey } from '../../core/token/token.js'
import type { AttachedList } from './attached-list.js'
import type { Dependency, DependsOn } from './dependencies.js'

/** A token as its store holds it. */
export interface StoredToken {
  readonly record: TokenRecord
  /** SHA-256 of the secret. */
  readonly digest: Digest
}

/** A token with its effective record: limited by its ancestors and its owner. */
export interface CacheLookup extends StoredToken {
  /** Judged without a store that did not answer; cached for a second. */
  readonly provisional?: true
  /** Of all that was read of it; where that was rows of PostgreSQL alone, by which alone it is judged. */
  readonly version?: number | undefined
}

/** A cached token, by which its store can tell whether it has changed since. */
export interface KnownVersion {
  readonly key: TokenKey
  readonly version: number
}

/** A version is a whole number of 52 bits. */
const HALF = 2 ** 27
const NO_VERSION = -1

/** A cache entry. A cache holds a hundred thousand: a class with whole numbers takes the least memory. */
export class CachedToken implements CacheLookup {
  readonly record: TokenRecord
  readonly digest: Digest
  /** Milliseconds of the process' clock from which a use also starts a new read. */
  freshUntil: number
  /** Milliseconds of the process' clock at which the entry expires. */
  goodUntil: number
  readonly dependencies: DependsOn
  /** The halves of the {@link version}; V8 keeps a number of more than 32 bits in an object of its own. */
  readonly versionHigh: number
  readonly versionLow: number
  /** Whether it was used since the last search for an entry to evict. */
  isRecentlyUsed = false
  /** Derived from this token by another room; evicted with it. */
  attached: AttachedList<unknown> | undefined = undefined

  constructor(
    { record, digest, version }: CacheLookup,
    dependencies: readonly Dependency[],
    { freshUntil, goodUntil }: { readonly freshUntil: number; readonly goodUntil: number },
  ) {
    this.record = record
    this.freshUntil = Math.trunc(freshUntil)
    this.goodUntil = Math.trunc(goodUntil)
    const [only] = dependencies
    // A list that has grown has spare capacity; its copy has none.
    this.dependencies = only && dependencies.length === 1 ? only : dependencies.slice()
    this.digest = digest
    this.versionHigh = version === undefined ? NO_VERSION : Math.floor(version / HALF)
    this.versionLow = version === undefined ? NO_VERSION : version - this.versionHigh * HALF
  }

  get version(): number | undefined {
    return this.versionLow === NO_VERSION ? undefined : this.versionHigh * HALF + this.versionLow
  }

  get key(): TokenKey {
    return this.record.key
  }

  /** Estimated size, its attachments included. */
  get bytes(): number {
    return bytesOf(this.record) + (this.attached?.bytes ?? 0)
  }
}

/** Measured: an entry without its texts, its place in the map included; an owner's dependency counts with each of their tokens. */
const MIN_ENTRY_BYTES = 460

function bytesOf({ username, scopes, name, email, groups = [], ownerName, pinned }: TokenRecord): number {
  let letters = username.length * 2 + lengthOf(name) + lengthOf(email) + lengthOf(ownerName)
  // Equal texts and lists are shared; long lists are likely to be unique, so all of them count in full.
  for (const scope of scopes) letters += scope.length
  for (const group of groups) letters += group.length
  return MIN_ENTRY_BYTES + letters + (pinned ? JSON.stringify(pinned).length * 4 : 0)
}

const lengthOf = (text: string | undefined): number => text?.length ?? 0
