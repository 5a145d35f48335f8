/** An issued token, and its changes since. Instants are milliseconds of `performance.now()`. */
export interface Entry {
  readonly text: string
  readonly key: string
  readonly owner: string
  readonly kind: 'user' | 'session' | 'delegated'
  readonly parent?: Entry
  /** When its creation was requested. */
  readonly askedAt: number
  /** Whether a check has admitted it yet. */
  used: boolean
  /** When its revocation was first requested, how often, and when it was first confirmed. */
  endBegan?: number
  endsAsked: number
  ended?: number
  /** Likewise for taking {@link WIDER} away from it. */
  narrowBegan?: number
  narrowed?: number
  /** It lives in Redis, and Redis has lost what it had: its owner signs in again. */
  mayBeLost: boolean
  /** When it was there for certain: shown for the first time, or for the first time after Redis had lost it. */
  thereSince: number
}

/** The scopes of a new token. An edit keeps {@link KEPT}, and removes {@link WIDER}. */
export const SCOPES = ['exec:portal', 'read:tap', 'user:token']
export const KEPT = 'read:tap'
export const WIDER = 'exec:portal'

/** Violations, each with enough to find it again. */
export interface Wrongs {
  readonly admitted: string[]
  readonly refused: string[]
  readonly lost: string[]
  readonly unusable: string[]
  /** Answered 500: an unforeseen failure. */
  readonly failed: string[]
}

/** The confirmed state of every issued token, and the violations that were seen. */
export class Ledger {
  readonly entries: Entry[] = []
  readonly wrongs: Wrongs = { admitted: [], refused: [], lost: [], unusable: [], failed: [] }
  readonly #byText = new Map<string, Entry>()
  readonly #held = new Set<Entry>()
  readonly #boundMs: number
  #lossAt = Number.NEGATIVE_INFINITY

  readonly #onWrong: (what: string) => void

  /**
   * @param boundMs how long after the answer to a change a check may still go by what was before it
   * @param onWrong is told at once, when what had just happened can still be seen
   */
  constructor(boundMs: number, onWrong: (what: string) => void) {
    this.#boundMs = boundMs
    this.#onWrong = onWrong
  }

  note(kind: keyof Wrongs, what: string): void {
    this.wrongs[kind].push(what)
    this.#onWrong(`${kind.toUpperCase()}: ${what}`)
  }

  /**
   * A token was issued. A delegated one is issued again and again: from a cache, too, which may be as old as the bound says,
   * and be of before Redis lost it.
   */
  shown(token: Omit<Entry, 'used' | 'key' | 'endsAsked' | 'mayBeLost' | 'thereSince'>): Entry {
    const known = this.#byText.get(token.text)
    const isAfterLoss = token.askedAt > this.#lossAt + (token.kind === 'delegated' ? this.#boundMs : 0)
    if (known) {
      if (known.mayBeLost && isAfterLoss) {
        known.mayBeLost = false
        known.thereSince = performance.now()
      }
      return known
    }
    const key = token.text.slice('gt-'.length).split('.')[0] ?? ''
    const mayBeLost = token.kind !== 'user' && !isAfterLoss
    const entry: Entry = { ...token, key, used: false, endsAsked: 0, mayBeLost, thereSince: performance.now() }
    this.entries.push(entry)
    this.#byText.set(entry.text, entry)
    return entry
  }

  /** Redis has lost what it was given since then, or is just losing it. */
  redisLost(since: number): void {
    this.#lossAt = performance.now()
    for (const entry of this.entries) if (entry.kind !== 'user' && entry.askedAt > since) entry.mayBeLost = true
  }

  /** Keeps a token, and those that came of it, from the load: what a scene finds is what became of the scene alone. */
  hold(entry: Entry): void {
    this.#held.add(entry)
  }

  /** Leaves every token to the load again. */
  releaseAll(): void {
    this.#held.clear()
  }

  /** Tokens for the load without a requested revocation. */
  living(kind?: Entry['kind']): Entry[] {
    return this.#free().filter(
      (entry) => !lineOf(entry).some(({ endBegan }) => endBegan !== undefined) && (!kind || entry.kind === kind),
    )
  }

  /** Tokens for the load whose revocation has been requested, and not confirmed. */
  unconfirmed(): Entry[] {
    return this.#free().filter(
      ({ endBegan, ended, mayBeLost }) => endBegan !== undefined && ended === undefined && !mayBeLost,
    )
  }

  #free(): Entry[] {
    return this.entries.filter((entry) => !lineOf(entry).some((each) => this.#held.has(each)))
  }

  /** Compares the answer to a check with the confirmed state. */
  judge(
    entry: Entry,
    scope: string,
    { status, sentAt }: { readonly status: number; readonly sentAt: number },
    by: string,
  ): void {
    const line = lineOf(entry)
    if (status === 200) {
      entry.used = true
      const over = Math.min(...line.map(({ ended = Number.POSITIVE_INFINITY }) => ended))
      const narrowed =
        scope === WIDER
          ? Math.min(...line.map((each) => each.narrowed ?? Number.POSITIVE_INFINITY))
          : Number.POSITIVE_INFINITY
      const until = Math.min(over, narrowed) + this.#boundMs
      if (sentAt > until)
        this.note(
          'admitted',
          `${nameOf(entry)} for ${scope}, ${Math.round(sentAt - until)} ms beyond the bound, by ${by}`,
        )
    } else if (status === 401 || status === 403) {
      const ending = line.some(({ endBegan }) => endBegan !== undefined)
      const narrowing = scope === WIDER && line.some(({ narrowBegan }) => narrowBegan !== undefined)
      // A check that was sent before the token was made again found none, and rightly.
      if (ending || narrowing || line.some((each) => each.mayBeLost || sentAt < each.thereSince)) return
      this.note('refused', `${nameOf(entry)} for ${scope}: ${status}, by ${by}`)
    }
  }
}

/** A token and those that it came from. */
function lineOf(entry: Entry): Entry[] {
  return entry.parent ? [entry, ...lineOf(entry.parent)] : [entry]
}

export function nameOf({ kind, key }: Entry): string {
  return `${kind} token ${key}`
}
