import { randomUUID } from 'node:crypto'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import { isTokenKey, parseToken, type Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import {
  deleteRecord,
  findRecord,
  givenByGrant,
  listUnderGrant,
  noteGrantOf,
  putRecord,
  type RecordHash,
  recordHash,
  takeRecord,
  unmarkRecord,
} from '../storage/redis/openid/records.js'
import { authenticate } from '../tokens/authenticate.js'
import { actorAt, issueToken, revokeClientToken } from './issue-token.js'
import type { Library } from './library.js'
import { authTime, sessionByKey } from './session.js'
import { noteUsed } from './tokens/give-back.js'

const GRANT = 'Grant'

/**
 * Keeps what the provider hands out in Redis, under hashes of its identifiers. The identifiers themselves, which are codes and
 * refresh tokens, are not stored.
 */
export class RecordAdapter implements Adapter {
  constructor(
    protected readonly context: Context,
    protected readonly library: Library,
    protected readonly kind: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { jti: _presentable, ...content } = payload
    const seconds = expiresIn ?? this.context.settings.tokenLifetime
    const { grantId } = payload
    if (grantId !== undefined) await this.#list(grantId, id, seconds)
    await this.issue(id, payload, seconds)
    await putRecord(this.context, this.nameOf(id), content, seconds)
    // Attack: a code is presented twice at once, and the second request revokes the grant before this one has stored what it
    // got. What is stored is listed first and the grant looked for last, so that one of the two sees the other.
    if (grantId !== undefined && !(await findRecord(this.context, recordHash(GRANT, grantId)))) {
      await this.takeBack(this.indexNameOf(id))
      throw new this.library.errors.InvalidGrant('grant is revoked')
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await findRecord(this.context, this.nameOf(id))
    return found && { ...found.content, jti: id, ...(found.isUsed && { consumed: true }) }
  }

  async findByUid(_uid: string): Promise<AdapterPayload | undefined> {
    return undefined
  }

  async findByUserCode(_code: string): Promise<AdapterPayload | undefined> {
    return undefined
  }

  /** Of two requests that found it unused, one alone may go on. */
  async consume(id: string): Promise<void> {
    const name = this.nameOf(id)
    const by = randomUUID()
    // Noted first: Redis may have marked it, and its answer be lost.
    noteUsed(this.library.Provider.ctx?.req, () => unmarkRecord(this.context, name, by))
    if (!(await takeRecord(this.context, name, by))) throw new this.library.errors.InvalidGrant('already consumed')
  }

  async destroy(id: string): Promise<void> {
    await this.takeBack(this.indexNameOf(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    // First, so that nothing is given any more: see upsert.
    await deleteRecord(this.context, recordHash(GRANT, grantId))
    const given = await givenByGrant(this.context, recordHash(GRANT, grantId), this.context.clock())
    for (const { kind, name } of given) if (kind === this.kind) await this.takeBack(name)
  }

  /** Does what is done before a record is stored. */
  protected async issue(_id: string, _payload: AdapterPayload, _seconds: number): Promise<void> {}

  protected nameOf(id: string): RecordHash {
    return recordHash(this.kind, id)
  }

  /** The name of a record in the index of its grant. */
  protected indexNameOf(id: string): string {
    return this.nameOf(id)
  }

  protected async takeBack(name: string): Promise<void> {
    await deleteRecord(this.context, name as RecordHash)
  }

  async #list(grantId: string, id: string, seconds: number): Promise<void> {
    const created = this.context.clock()
    const given = { kind: this.kind, name: this.indexNameOf(id) }
    await listUnderGrant(this.context, recordHash(GRANT, grantId), given, { created, expires: created + seconds })
  }
}

/** Keeps access tokens as Postern's own: children of the session, valid while it is, in every process. */
export class AccessTokenAdapter extends RecordAdapter {
  override async find(id: string): Promise<AdapterPayload | undefined> {
    const token = parseToken(id)
    const record = token instanceof Refusal ? undefined : await authenticate(this.context, token)
    const payload = record?.type === 'oidc' ? await super.find(id) : undefined
    return payload?.clientId === record?.service ? payload : undefined
  }

  protected override async issue(id: string, payload: AdapterPayload, seconds: number): Promise<void> {
    const { sessionUid, accountId, clientId = '', grantId } = payload
    if (grantId !== undefined) {
      await noteGrantOf(this.context.redis, tokenOf(id).key, recordHash(GRANT, grantId), seconds)
    }
    const wanted = { session: sessionUid, username: accountId, clientId, seconds }
    const request = this.library.Provider.ctx?.req
    const actor = request ? actorAt(request, accountId ?? '') : { username: accountId ?? '' }
    const issued = await issueToken(this.context, tokenOf(id), wanted, actor)
    if (issued instanceof Refusal) throw new this.library.errors.InvalidGrant(issued.message)
  }

  protected override nameOf(id: string): RecordHash {
    return recordHash(this.kind, tokenOf(id).key)
  }

  protected override indexNameOf(id: string): string {
    return tokenOf(id).key
  }

  protected override async takeBack(key: string): Promise<void> {
    if (isTokenKey(key)) await revokeClientToken(this.context, key)
    await deleteRecord(this.context, recordHash(this.kind, key))
  }
}

/** A token of ours, which {@link installTokens} made. */
function tokenOf(text: string): Token {
  const token = parseToken(text)
  if (token instanceof Refusal) throw new Error('The access token is not one of this site')
  return token
}

/** Shows the sessions of this site to the provider. It keeps what a step needs of its own beside them. */
export class SessionAdapter extends RecordAdapter {
  override async find(key: string): Promise<AdapterPayload | undefined> {
    const session = await sessionByKey(this.context, key)
    return session && this.payloadOf(session)
  }

  override findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.find(uid)
  }

  /** Users sign out by the page of this site, which ends the session of their provider, too. */
  override async destroy(_key: string): Promise<void> {
    throw new this.library.errors.InvalidRequest('The page of this site for signing out is another')
  }

  async payloadOf(session: TokenRecord): Promise<AdapterPayload> {
    const { settings, clock } = this.context
    const own = await findRecord(this.context, this.nameOf(session.key))
    return {
      ...own?.content,
      jti: session.key,
      uid: session.key,
      kind: 'Session',
      accountId: session.username,
      loginTs: authTime(session),
      iat: session.created,
      exp: session.expires ?? clock() + settings.tokenLifetime,
    }
  }
}
