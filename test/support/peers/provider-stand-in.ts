import { createHmac } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/**
 * A stand-in for an OpenID provider that misbehaves: what a certified one would never say, this says. It has no pages: tests
 * come back from it by themselves, with any code.
 */
export interface ProviderStandIn {
  readonly issuer: string
  /** How it answers at its token endpoint. */
  answer: Answer
  /** How it answers at UserInfo. */
  userInfo: (response: ServerResponse) => unknown
  /** Over what it should say of itself. */
  metadata: Record<string, unknown>
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
  readonly kid: string
  /** How often its token endpoint was asked. */
  asked(): number
  stop(): Promise<void>
}

/** An ID token for a nonce; or anything at all. */
export type Answer =
  | { readonly idToken: (nonce: string, standIn: ProviderStandIn) => string | Promise<string> }
  | { readonly raw: (response: ServerResponse) => unknown }

export const CLIENT_ID = 'postern'

export async function startProviderStandIn(): Promise<ProviderStandIn> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = 'the-key'
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }
  let asked = 0
  const server = createServer(async (request, response) => {
    const send = (body: unknown) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
    if (request.url === '/.well-known/openid-configuration')
      return send({ ...metadataOf(standIn.issuer), ...standIn.metadata })
    if (request.url === '/jwks') return send({ keys: [jwk] })
    if (request.url === '/userinfo') return standIn.userInfo(response)
    if (request.url !== '/token') return response.writeHead(404).end()
    asked += 1
    let body = ''
    for await (const chunk of request) body += String(chunk)
    if ('raw' in standIn.answer) return standIn.answer.raw(response)
    // Tests put the nonce of the flow where the code belongs.
    const nonce = new URLSearchParams(body).get('code') ?? ''
    const id_token = await standIn.answer.idToken(nonce, standIn)
    return send({ access_token: 'an-access-token', token_type: 'Bearer', expires_in: 60, id_token })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: ProviderStandIn = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: { idToken: (nonce, self) => signed(self, nonce) },
    userInfo: (response) => response.writeHead(404).end(),
    metadata: {},
    publicKey,
    privateKey,
    kid,
    asked: () => asked,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return standIn
}

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // It would take anything: whoever trusts this list alone is lost.
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  }
}

export interface Forgery {
  readonly claims?: JWTPayload
  /** Claims to leave out. */
  readonly without?: readonly string[]
  readonly alg?: string
  readonly kid?: string
  readonly key?: CryptoKey
}

/** An ID token that is good, but for what is said otherwise. */
export function signed(standIn: ProviderStandIn, nonce: string, forgery: Forgery = {}): Promise<string> {
  const { alg = 'RS256', kid = standIn.kid, key = standIn.privateKey } = forgery
  return new SignJWT(claimsOf(standIn, nonce, forgery)).setProtectedHeader({ alg, kid }).sign(key)
}

/** An ID token that nobody signed. */
export function unsigned(standIn: ProviderStandIn, nonce: string): string {
  return `${part({ alg: 'none' })}.${part(claimsOf(standIn, nonce, {}))}.`
}

/** An ID token signed with a secret that everybody can read: the provider's public key. */
export async function signedWithPublicKey(standIn: ProviderStandIn, nonce: string): Promise<string> {
  const text = `${part({ alg: 'HS256', kid: standIn.kid })}.${part(claimsOf(standIn, nonce, {}))}`
  const mac = createHmac('sha256', await exportSPKI(standIn.publicKey)).update(text)
  return `${text}.${mac.digest('base64url')}`
}

function claimsOf({ issuer }: ProviderStandIn, nonce: string, { claims, without = [] }: Forgery): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  const all = {
    iss: issuer,
    aud: CLIENT_ID,
    sub: 'mallory-1',
    iat: now,
    exp: now + 300,
    nonce,
    preferred_username: 'mallory',
    groups: ['users'],
    ...claims,
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)))
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
