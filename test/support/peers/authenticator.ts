import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** How an authenticator, or its browser, is wrong. */
export interface Wrong {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly counter?: number
  readonly userHandle?: string | null
  /** Whether it asked for a PIN or a finger. */
  readonly isVerified?: boolean
  readonly isPresent?: boolean
  /** Sends a certificate that was not asked for. */
  readonly isAttested?: boolean
  /** Signs with another key. */
  readonly key?: KeyObject
  readonly id?: string
}

interface Site {
  readonly origin: string
  readonly rpId: string
}

const UP = 0x01
const UV = 0x04
const AT = 0x40

/** An authenticator in software, with one passkey (WebAuthn level 2): ES256, without attestation. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(16).toString('base64url')
  counter = 0
  #userHandle = ''
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  constructor(readonly site: Site) {}

  /** Answers `navigator.credentials.create`. */
  create(options: string, wrong: Wrong = {}): string {
    const { challenge, user } = JSON.parse(options)
    this.#userHandle = user.id
    const clientDataJSON = this.#clientData('webauthn.create', challenge, wrong)
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    // COSE_Key (RFC 9052 §7): EC2, ES256, P-256.
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ])
    const id = Buffer.from(this.id, 'base64url')
    const attested = [Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 0xff]), id, isoCBOR.encode(key)]
    const authData = Buffer.concat([this.#data(AT, wrong), ...attested])
    const statement = new Map(wrong.isAttested ? [['x5c', [Buffer.from('a certificate')]]] : [])
    const attestation = new Map<string, string | Uint8Array | typeof statement>([
      ['fmt', wrong.isAttested ? 'packed' : 'none'],
      ['attStmt', statement],
      ['authData', authData],
    ])
    const attestationObject = Buffer.from(isoCBOR.encode(attestation)).toString('base64url')
    return this.#answer({ clientDataJSON, attestationObject, transports: ['usb'] }, wrong)
  }

  /** Answers `navigator.credentials.get`. */
  get(options: string, wrong: Wrong = {}): string {
    const { challenge } = JSON.parse(options)
    this.counter += 1
    const clientDataJSON = this.#clientData('webauthn.get', challenge, wrong)
    const data = this.#data(0, wrong)
    const clientHash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    const signature = sign('sha256', Buffer.concat([data, clientHash]), wrong.key ?? this.#keys.privateKey)
    const userHandle = wrong.userHandle === undefined ? this.#userHandle : wrong.userHandle
    const parts = { authenticatorData: data.toString('base64url'), signature: signature.toString('base64url') }
    return this.#answer({ clientDataJSON, ...parts, userHandle }, wrong)
  }

  #clientData(type: string, challenge: string, wrong: Wrong): string {
    const { origin } = this.site
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...named(wrong) })).toString(
      'base64url',
    )
  }

  #data(flags: number, { rpId = this.site.rpId, counter = this.counter, ...wrong }: Wrong): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    const set = flags | (wrong.isPresent === false ? 0 : UP) | (wrong.isVerified === false ? 0 : UV)
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([set]), count])
  }

  #answer(response: object, { id = this.id }: Wrong): string {
    return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} })
  }
}

/** The members of the client data that are wrong. */
function named({ origin, challenge, type }: Wrong) {
  return {
    ...(origin !== undefined && { origin }),
    ...(challenge !== undefined && { challenge }),
    ...(type !== undefined && { type }),
  }
}
