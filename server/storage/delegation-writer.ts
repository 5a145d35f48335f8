import { actOfChange } from '../core/audit/token-acts.js'
import { SingleFlight } from '../core/single-flight.js'
import { type Actor, recordChange } from '../core/token/history.js'
import { hashSecret, type Token, type TokenKey } from '../core/token/token.js'
import type { AuditTrail } from './audit/trail.js'
import { Batches } from './batches.js'
import type { InvalidationPublisher } from './cache/invalidation-publisher.js'
import type { Postgres } from './postgres/client.js'
import { type Beginning, type Begun, beginHistories, beginningId } from './postgres/history/begin.js'
import { isCluster } from './redis/client.js'
import {
  type DelegatedRecord,
  type DelegatedState,
  DelegatedStates,
  markEnded,
  type NewDelegated,
  putDelegated,
  putTogether,
  type StoredDelegation,
} from './redis/delegated-tokens.js'
import type { TokenStore } from './redis/tokens.js'

interface WriterParts extends TokenStore {
  readonly postgres: Pick<Postgres, 'write'>
  readonly invalidations: InvalidationPublisher
  readonly audit: AuditTrail
}

/** A derived token that is asked for, and the request that it is for. */
interface Derived extends NewDelegated {
  readonly actor: Actor
}

/** SQLSTATE classes of a value that the database does not take: the fault of one item, and the statement did nothing. */
const FAULT_OF_A_VALUE = /^2[23]/

/**
 * Stores derived tokens: their history first, once, and then their records in Redis. Another process that finds a record hands
 * the token out, so it is never taken back: a record whose history could still fail would be. Where the process stops between
 * the two, the next request finds the history and stores the record.
 *
 * Those that are asked for at the same time share one statement and one script.
 */
export class DelegationWriter {
  readonly #parts: WriterParts
  readonly #states: DelegatedStates
  readonly #underWay = new SingleFlight<TokenKey, StoredDelegation>()
  readonly #batches = new Batches<Derived, StoredDelegation>((batch) => this.#write(batch), { most: 100, atOnce: 2 })

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#states = new DelegatedStates(parts.redis)
  }

  /** Returns what there is of a derived token. */
  lookUp(key: TokenKey): Promise<DelegatedState> {
    return this.#states.find(key)
  }

  /** Stores a token; or joins the request that is storing it. Returns what there is of it then. */
  store(record: DelegatedRecord, token: Token, actor: Actor): Promise<StoredDelegation> {
    return this.#underWay.run(record.key, () =>
      this.#batches.add({ record, secretHash: hashSecret(token.secret), actor }),
    )
  }

  /** Waits until a token is stored that is being stored. */
  async settled(key: TokenKey): Promise<void> {
    await this.#underWay.underWay(key)
  }

  async #write(batch: readonly Derived[]): Promise<(StoredDelegation | Error)[]> {
    const outcomes: (StoredDelegation | Error)[] = await this.#begin(batch)
    const begun = batch.filter((_each, at) => outcomes[at] === 'live')
    const stored = begun.length > 0 ? await this.#put(begun) : []
    for (const [at, each] of begun.entries())
      outcomes[batch.indexOf(each)] = stored[at] ?? new Error('Nothing was stored')
    return outcomes
  }

  /** Begins the histories. One that cannot be written is no reason to refuse the others, which are then written one by one. */
  async #begin(batch: readonly Derived[]): Promise<(StoredDelegation | Error)[]> {
    try {
      return await this.#beginTogether(batch)
    } catch (error) {
      if (batch.length === 1 || !isFaultOfAValue(error)) throw error
      return Promise.all(
        batch.map((each) =>
          this.#beginTogether([each]).then(([outcome]) => outcome ?? new Error('Nothing was begun'), asError),
        ),
      )
    }
  }

  async #beginTogether(batch: readonly Derived[]): Promise<StoredDelegation[]> {
    const { postgres, audit } = this.#parts
    const beginnings = batch.map((each) => this.#beginningOf(each))
    const begun = await beginHistories(postgres, beginnings)
    audit.log(beginnings.filter(({ change }) => begun.get(change.token) === 'now').map(({ event }) => event))
    return Promise.all(batch.map((each) => this.#outcomeOf(each, begun.get(each.record.key))))
  }

  /** Redis may have lost the end of a token; its history has not. */
  async #outcomeOf({ record }: Derived, begun: Begun | undefined): Promise<StoredDelegation> {
    if (begun !== 'revoked') return 'live'
    await markEnded(this.#parts.redis, record.key, record.expires)
    return 'ended'
  }

  #beginningOf({ record, actor }: Derived): Beginning {
    const change = recordChange('create', record, actor, record.created)
    return { change, event: this.#parts.audit.eventOf(actOfChange(change, actor), beginningId(record.key)) }
  }

  /** A client may have sent a token before it was stored again: invalidates the negative entries of it. */
  async #put(batch: readonly Derived[]): Promise<(StoredDelegation | Error)[]> {
    const { redis, invalidations } = this.#parts
    const keys = batch.map(({ record }) => record.key)
    if (!isCluster(redis)) return invalidations.publishWith(keys, (message) => putTogether(this.#parts, batch, message))
    const outcomes = await Promise.allSettled(batch.map((each) => putDelegated(this.#parts, each)))
    await invalidations.publish(keys)
    return outcomes.map((each) => (each.status === 'fulfilled' ? each.value : asError(each.reason)))
  }
}

function isFaultOfAValue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FAULT_OF_A_VALUE.test(String(error.code))
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
