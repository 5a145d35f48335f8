// The cost of a sign-in with nothing around it: `oidc-provider` alone, with all that it keeps in its own memory.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import { CLAIMS_BY_SCOPE, OFFLINE_ACCESS } from '../../../server/core/openid/client.js'
import { ENDPOINTS } from '../../../server/openid/endpoints.js'

const { POSTERN_PORT = '', BENCH_CLIENT = '' } = process.env
const { id, secret, redirectUri } = JSON.parse(BENCH_CLIENT) as Record<'id' | 'secret' | 'redirectUri', string>
const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const { authorization, token, userinfo, jwks, introspection } = ENDPOINTS

/** Keeps all of a kind; the library's own keeps a thousand records, and forgets browsers that are signed in. */
class MemoryAdapter implements Adapter {
  readonly #records = new Map<string, AdapterPayload>()
  readonly #byUid = new Map<string, string>()

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#records.set(id, payload)
    if (payload.uid !== undefined) this.#byUid.set(payload.uid, id)
  }
  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#records.get(id)
  }
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#records.get(this.#byUid.get(uid) ?? '')
  }
  async findByUserCode(): Promise<undefined> {}
  async consume(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record) record.consumed = Math.floor(Date.now() / 1000)
  }
  async destroy(id: string): Promise<void> {
    this.#records.delete(id)
  }
  async revokeByGrantId(): Promise<void> {}
}

const adapters = new Map<string, Adapter>()

function adapterOf(kind: string): Adapter {
  const adapter = adapters.get(kind) ?? new MemoryAdapter()
  adapters.set(kind, adapter)
  return adapter
}

const provider = new Provider(`http://127.0.0.1:${POSTERN_PORT}`, {
  adapter: adapterOf,
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kty: 'RSA', use: 'sig', alg: 'RS256' }] },
  clients: [
    {
      client_id: id,
      client_secret: secret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  routes: { authorization, token, userinfo, jwks, introspection },
  claims: { ...CLAIMS_BY_SCOPE },
  scopes: [...Object.keys(CLAIMS_BY_SCOPE), OFFLINE_ACCESS],
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false }, introspection: { enabled: true, allowedPolicy: () => true } },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, name: sub, groups: ['users'] }) }),
  async loadExistingGrant({ oidc: { account, client } }) {
    const grant = new provider.Grant({ accountId: account?.accountId ?? '', clientId: client?.clientId ?? '' })
    grant.addOIDCScope('openid profile email groups offline_access')
    await grant.save()
    return grant
  },
  expiresWithSession: () => false,
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  interactions: { url: (_ctx, { uid }) => `/enter/${uid}` },
})
provider.silent = true
const serve = provider.callback() as (request: IncomingMessage, response: ServerResponse) => Promise<void>

// Who has no session is signed in at once, by a name that the session does not need.
createServer((request, response) => {
  if (!request.url?.startsWith('/enter/')) return void serve(request, response)
  provider
    .interactionFinished(request, response, { login: { accountId: 'person-1' } })
    .catch(() => response.writeHead(500).end())
}).listen(Number(POSTERN_PORT), '127.0.0.1', () => process.stdout.write('listening\n'))
