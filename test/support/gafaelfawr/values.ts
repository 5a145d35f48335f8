import { spawnSync } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { PYTHON } from '../programs/system-packages.mjs'

const SCRIPT = fileURLToPath(new URL('encrypt.py', import.meta.url))

/** A new session secret of Gafaelfawr. */
export const sessionSecret = (): string => `${randomBytes(32).toString('base64url')}=`

/** Encrypts texts with a session secret, by Python's `cryptography`. */
export function encrypt(secret: string, texts: readonly string[]): string[] {
  const input = JSON.stringify({ secret, texts })
  const { status, stdout, stderr } = spawnSync(PYTHON, [SCRIPT], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

/** A token as Gafaelfawr writes it into its Redis, before it is encrypted; the fields in its order. */
export interface GafaelfawrValue {
  readonly username: string
  readonly token_type: string
  readonly service: string | null
  readonly scopes: readonly string[]
  readonly created: number
  readonly expires: number | null
  readonly name: string | null
  readonly email: string | null
  readonly uid: number | null
  readonly gid: number | null
  readonly groups: readonly { readonly name: string; readonly id: number }[] | null
  readonly token: { readonly key: string; readonly secret: string }
}

const half = (): string => randomBytes(16).toString('base64url')

/** Makes the value of a new token; a field may be given. */
export function gafaelfawrValue(fields: Partial<GafaelfawrValue> & { readonly created: number }): GafaelfawrValue {
  return {
    username: 'ada',
    token_type: 'user',
    service: null,
    scopes: ['read:tap', 'user:token'],
    expires: null,
    name: null,
    email: null,
    uid: null,
    gid: null,
    groups: null,
    token: { key: half(), secret: half() },
    ...fields,
  }
}

/** The token as its owner holds it. */
export const tokenText = ({ token: { key, secret } }: GafaelfawrValue): string => `gt-${key}.${secret}`

export const secretHashOf = ({ token: { secret } }: GafaelfawrValue): Buffer => hash('sha256', secret, 'buffer')
