import { createHmac } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** What a signing key and its identifier are. */
interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/** How a JWT is signed otherwise than the issuer would. */
export interface Signing {
  readonly key?: SigningKey
  readonly kid?: string
  readonly header?: Readonly<Record<string, unknown>>
}

/** Where a job asks for its JWT, with a secret of the job's own, as at GitHub. */
export interface JobDesk {
  readonly url: string
  readonly secret: string
}

/** An issuer of JWTs for jobs and pods on loopback, that really signs; a stand-in for GitHub's, GitLab's and a cluster's. */
export interface WorkloadIssuer {
  readonly issuer: string
  readonly jwksUri: string
  /** The key that it signs with now. */
  key(): SigningKey
  /** Signs with a new key from now on, and publishes it alone. */
  rotate(): Promise<void>
  sign(claims: JWTPayload, signing?: Signing): Promise<string>
  /** What its discovery document has otherwise. */
  describe(otherwise: Readonly<Record<string, unknown>>): void
  /** How it answers for its keys; as it should when undefined. */
  misbehave(answer: ((response: ServerResponse) => unknown) | undefined): void
  /** Lets one job ask for JWTs for an audience. */
  openDesk(claims: (audience: string) => JWTPayload): JobDesk
  /** How often its keys were asked for. */
  asked(): number
  stop(): Promise<void>
}

export async function startWorkloadIssuer(): Promise<WorkloadIssuer> {
  let current = await signingKey()
  let asked = 0
  let other: Readonly<Record<string, unknown>> = {}
  let instead: ((response: ServerResponse) => unknown) | undefined
  const secret = crypto.randomUUID()
  let claimsOf: ((audience: string) => JWTPayload) | undefined
  const sign: WorkloadIssuer['sign'] = (claims, { key = current, kid = key.kid, header = {} } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, ...header }).sign(key.privateKey)
  const server = createServer(async (request, response) => {
    const send = (body: unknown) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
    const { pathname, searchParams } = new URL(request.url ?? '', issuer)
    if (pathname === '/job' && claimsOf && request.headers.authorization === `bearer ${secret}`)
      return send({ value: await sign(claimsOf(searchParams.get('audience') ?? '')) })
    if (request.url === '/.well-known/openid-configuration') return send({ ...document, ...other })
    if (request.url !== '/openid/v1/jwks') return response.writeHead(404).end()
    asked += 1
    if (instead) return instead(response)
    const { kid, publicKey } = current
    return send({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const jwksUri = `${issuer}/openid/v1/jwks`
  const document = { issuer, jwks_uri: jwksUri }
  return {
    issuer,
    jwksUri,
    key: () => current,
    rotate: async () => {
      current = await signingKey()
    },
    sign,
    openDesk: (claims) => {
      claimsOf = claims
      return { url: `${issuer}/job?api-version=2`, secret }
    },
    describe: (otherwise) => {
      other = otherwise
    },
    misbehave: (answer) => {
      instead = answer
    },
    asked: () => asked,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function signingKey(): Promise<SigningKey> {
  return { kid: crypto.randomUUID(), ...(await generateKeyPair('RS256', { extractable: true })) }
}

/** A JWT that no key has signed. */
export function unsignedJwt(claims: JWTPayload): string {
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

/** A JWT signed with what is a secret to no client: the public key. */
export async function signedWithPublicKey({ key }: WorkloadIssuer, claims: JWTPayload): Promise<string> {
  const { kid, publicKey } = key()
  const text = `${part({ alg: 'HS256', kid })}.${part(claims)}`
  return `${text}.${createHmac('sha256', await exportSPKI(publicKey))
    .update(text)
    .digest('base64url')}`
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
