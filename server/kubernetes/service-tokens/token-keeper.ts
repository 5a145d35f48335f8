import { Refusal } from '../../core/access/refusal.js'
import type { WantedServiceToken } from '../../core/kubernetes/operator/service-token.js'
import type { EpochSeconds } from '../../core/time.js'
import { INTERNAL_ACTOR, type ReasonedActor } from '../../core/token/history.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { formatToken, isTokenKey, parseToken } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { isSuspended } from '../../storage/postgres/suspensions/suspensions.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { authenticate } from '../../tokens/authenticate.js'
import { createTokenForUser } from '../../tokens/create-for-user.js'
import { findPresented } from '../../tokens/leaked/report.js'
import { ownerOf } from '../../tokens/list.js'
import { revokeToken } from '../../tokens/revoke.js'
import { retireToken } from '../../tokens/rotate.js'

/** A token that was made, with its text. */
export interface MadeToken {
  readonly text: string
  readonly record: TokenRecord
}

/** Makes, finds and ends the tokens of services. Each change names the object that it is for. */
export class TokenKeeper {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * The token of this text, with its last use: a valid one, or a suspended one.
   *
   * Attack: the Secret of a suspended token would be given a new token, and the service that leaks it would go on.
   */
  async find(text: string): Promise<TokenRecord | undefined> {
    const token = parseToken(text)
    if (token instanceof Refusal) return undefined
    const found = (await authenticate(this.#context, token)) ?? (await this.#suspended(text))
    return found && getUserToken(this.#context.postgres.prisma, found.username, found.key)
  }

  async #suspended(text: string): Promise<TokenRecord | undefined> {
    const found = await findPresented(this.#context, text)
    return found && (await isSuspended(this.#context.postgres.prisma, found.key)) ? found : undefined
  }

  /** @param object the resource that asks for it */
  async make({ service, scopes, lifetime }: WantedServiceToken, object: string): Promise<MadeToken | Refusal> {
    const expires = lifetime === undefined ? undefined : this.#context.clock() + lifetime
    const wanted = { username: service, type: 'service' as const, scopes, ...(expires !== undefined && { expires }) }
    const made = await createTokenForUser(this.#context, wanted, actorFor(object))
    return made instanceof Refusal ? made : { text: formatToken(made.token), record: made.record }
  }

  /** Has a service token end after the overlap: its successor is in the Secret. */
  async retire(key: string, overlap: EpochSeconds, object: string): Promise<void> {
    const token = await this.#serviceToken(key)
    if (token) await retireToken(this.#context, { username: token.username, key: token.key, overlap }, actorFor(object))
  }

  /** Those of these keys whose tokens have not ended. */
  async living(keys: readonly string[]): Promise<string[]> {
    const now = this.#context.clock()
    const found = await Promise.all(keys.map((each) => this.#serviceToken(each)))
    return found.flatMap((each) => (each && !hasExpired(each.expires, now) ? each.key : []))
  }

  async revoke(key: string, object: string): Promise<void> {
    const token = await this.#serviceToken(key)
    if (token) await revokeToken(this.#context, token.username, token.key, actorFor(object))
  }

  /** Attack: a key of a user's token is written into a status, so that the operator ends that token. It ends those of services alone. */
  async #serviceToken(key: string): Promise<TokenRecord | undefined> {
    const username = isTokenKey(key) ? await ownerOf(this.#context, key) : undefined
    const token =
      username && isTokenKey(key) ? await getUserToken(this.#context.postgres.prisma, username, key) : undefined
    return token?.type === 'service' ? token : undefined
  }
}

function actorFor(object: string): ReasonedActor {
  return { username: INTERNAL_ACTOR, reason: object }
}
