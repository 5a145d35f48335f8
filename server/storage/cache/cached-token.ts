import type { TokenRecord } from '../../core/token/record.js'
import type { Digest, TokenKey } from '../../core/token/token.js'
import type { Dependency } from './dependencies.js'

/** A token as a check needs it: worked out from its own record, from those it came from, and from its owner's standing. */
export interface CacheLookup extends StoredToken {
  /** A store that would know better did not answer: good for a moment only. */
  readonly provisional?: true
}

/** A token that is remembered. There are a hundred thousand of these: a class and whole numbers, because they take the least room. */
export class CachedToken implements CacheLookup {
  readonly record: TokenRecord
  readonly digest: Digest
  /** Milliseconds of the process' clock. From the first on it is read again beside its use; from the second on it is gone. */
  freshUntil: number
  readonly goodUntil: number
  readonly dependencies: readonly Dependency[]
  /** Whether it was used since it was last looked at for being thrown out. */
  isRecentlyUsed = false
  /** What checks keep with it, and lose with it. */
  attachments: readonly unknown[] = NO_RESPONSES
  /** What it takes, as far as that can be told; with its answers. */
  bytes: number

  constructor(
    { record, digest }: CacheLookup,
    dependencies: readonly Dependency[],
    { freshUntil, goodUntil }: { readonly freshUntil: number; readonly goodUntil: number },
  ) {
    this.record = record
    this.freshUntil = Math.trunc(freshUntil)
    this.goodUntil = Math.trunc(goodUntil)
    // A list that has grown has room for more.
    this.dependencies = dependencies.slice()
    this.bytes = bytesOf(record)
    this.digest = digest
  }

  get key(): TokenKey {
    return this.record.key
  }
}

const NO_RESPONSES: readonly unknown[] = []

/** What a token takes besides its texts, its own place in the memory included; what all of one owner's share is counted with each. Measured. */
const MIN_ENTRY_BYTES = 440

function bytesOf({
  username,
  scopes,
  name = '',
  email = '',
  groups = [],
  ownerName = '',
  pinned,
}: TokenRecord): number {
  const texts = username.length * 2 + name.length + email.length + ownerName.length
  // Lists are shared with others that have the same; long ones may well be nobody else's.
  const lists = [...scopes, ...groups].reduce((sum, word) => sum + word.length, 0)
  return MIN_ENTRY_BYTES + texts + lists + (pinned ? JSON.stringify(pinned).length * 4 : 0)
}

/** A token as a store has it: what it may do, and by what its secret is known. */
export interface StoredToken {
  readonly record: TokenRecord
  /** SHA-256 of the secret. */
  readonly digest: Digest
}
