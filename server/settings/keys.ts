import { hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Secret } from '../core/token/secret.js'
import { SettingsError } from './load.js'
import type { Settings } from './schema.js'

/** One key for each purpose: what leaks from one use is worth nothing in another. The first makes, all of them verify. */
export interface Keys {
  /** Ties a form to the session that it was served to. */
  readonly csrf: readonly [Uint8Array, ...Uint8Array[]]
  /** Derives delegated tokens. */
  readonly delegation: readonly [Uint8Array, ...Uint8Array[]]
  /** Seals the keys of tokens, so that one that was made up is known for it. */
  readonly tokenKeys: readonly [Uint8Array, ...Uint8Array[]]
  /** Seals what a browser carries for us between two steps of signing in. */
  readonly cookies: readonly [Uint8Array, ...Uint8Array[]]
}

/** Derives the keys from the master secrets by HKDF-SHA-256 (RFC 5869), labelled by purpose. */
export function deriveKeys(secrets: readonly Secret[]): Keys {
  const derive = (label: string) =>
    secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret.reveal(), '', `postern ${label}`, 32)))
  return {
    csrf: atLeastOne(derive('csrf')),
    delegation: atLeastOne(derive('delegation')),
    tokenKeys: atLeastOne(derive('token keys')),
    cookies: atLeastOne(derive('cookies')),
  }
}

function atLeastOne<T>(list: T[]): [T, ...T[]] {
  const [first, ...rest] = list
  if (first === undefined) throw new SettingsError(['POSTERN_SECRET: there is no secret'])
  return [first, ...rest]
}

/**
 * The master secrets: those of the configuration; or, where Postern keeps everything itself, one that it makes once
 * and keeps in its data directory.
 */
export function masterSecrets(settings: Settings): readonly Secret[] {
  if (settings.secret) return settings.secret
  if (settings.databaseUrl || settings.redisUrl)
    throw new SettingsError([
      'POSTERN_SECRET: is required with DATABASE_URL or REDIS_URL; make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    ])
  return [ownSecret(path.join(settings.data, 'secret'))]
}

function ownSecret(file: string): Secret {
  try {
    if (!existsSync(file)) makeSecret(file)
    chmodSync(file, 0o600)
    const text = readFileSync(file, 'utf8').trim()
    if (text.length >= 32) return new Secret(text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new SettingsError([`POSTERN_DATA: ${file} cannot be made or read (${code}); name a folder that you own`])
  }
  throw new SettingsError([`${file}: holds no secret; delete it and a new one is made`])
}

/**
 * Whole or not at all: a secret cut short by a crash would be a weak one ever after. And once: of two processes that begin
 * at the same moment the second takes the first one's, or one of them would hold a key that nobody else has.
 */
function makeSecret(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
