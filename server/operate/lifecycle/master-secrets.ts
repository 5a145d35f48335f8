import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../core/operator-error.js'
import { Secret } from '../../core/token/secret.js'
import { createAtomically } from '../../embedded/atomic-file.js'
import { SettingsError } from '../../settings/load.js'
import type { Settings } from '../../settings/schema.js'

/**
 * Reads the master secrets from the settings. Where Postern runs both stores itself and none is set, creates one secret
 * in the data folder and reads it from there.
 *
 * @throws {SettingsError} when a secret is required and missing, or the file is unusable
 */
export function masterSecrets(settings: Settings): readonly Secret[] {
  if (settings.secret) return settings.secret
  if (settings.databaseUrl || settings.redisUrl)
    throw new SettingsError([
      'POSTERN_SECRET: is required with DATABASE_URL or REDIS_URL; make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    ])
  return [ownSecret(path.join(settings.data, 'secret'))]
}

/**
 * Reads the master secrets for a restore, which needs those of the site that was backed up, and makes none.
 *
 * @throws {OperatorError} when there is none yet
 */
export function existingSecrets(settings: Settings): readonly Secret[] {
  const file = path.join(settings.data, 'secret')
  if (settings.secret || settings.databaseUrl || settings.redisUrl || existsSync(file)) return masterSecrets(settings)
  throw new OperatorError(
    `There is no master secret: neither POSTERN_SECRET nor ${file}.`,
    `Nothing was restored. Copy the secret of the site that was backed up to ${file}, or set POSTERN_SECRET.`,
  )
}

function ownSecret(file: string): Secret {
  try {
    if (!existsSync(file)) createSecret(file)
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
 * Atomic, because a secret truncated by a crash would stay in use and weak. Exclusive, because of two processes that start
 * at the same moment the second must use the first one's secret.
 */
function createSecret(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  createAtomically(file, `${randomBytes(32).toString('base64url')}\n`)
}
