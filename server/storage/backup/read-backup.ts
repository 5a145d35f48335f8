import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { filesOf, MANIFEST, type Manifest, readManifest, refuseMigrations } from '../../core/backup/manifest.js'
import { OperatorError } from '../../core/operator-error.js'
import { verifiedRecord } from '../../core/token/record-mac.js'
import type { Keys } from '../../settings/keys.js'
import { OUR_MIGRATIONS, readMigrations } from '../postgres/migration/files.js'
import { decryptWith } from './encryption.js'
import { type BackupFolder, openBackupFile, verifyFile } from './files.js'
import { MANIFEST_NAME } from './write-backup.js'

/** A backup that was found whole, and that this version can restore. */
export interface CheckedBackup extends BackupFolder {
  readonly manifest: Manifest
}

interface CheckOptions {
  readonly keys: Pick<Keys, 'backups'>
  readonly keyFile?: string | undefined
}

/**
 * Checks a backup before any of it is restored: its manifest, the hash of each file, the key, and the version.
 *
 * @throws {OperatorError} saying which of them is wrong
 */
export async function checkBackup(folder: string, { keys, keyFile }: CheckOptions): Promise<CheckedBackup> {
  const manifest = await manifestOf(folder, keys)
  const newer = refuseMigrations(manifest, await readMigrations(OUR_MIGRATIONS))
  if (newer) throw new OperatorError(`${newer}.`, 'Nothing was restored. Restore it with that version, or a later one.')
  for (const file of filesOf(manifest)) await verifyFile(folder, file)
  const backup = { folder, manifest, ...(manifest.encrypted && { encryption: await decryptionOf(keyFile) }) }
  // The hashes are right, so that one file is enough to try the key.
  for await (const _chunk of await openBackupFile(backup, manifest.redis)) break
  return backup
}

async function manifestOf(folder: string, keys: Pick<Keys, 'backups'>): Promise<Manifest> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new OperatorError(
      `There is no backup in ${folder}: it has no ${MANIFEST}, which is written last.`,
      'Name the folder that "postern backup" was given. A folder with .partial in its name is one that was not finished.',
      { cause },
    )
  })
  const manifest = readManifest(text)
  if ('problem' in manifest) throw new OperatorError(`${manifest.problem}.`, 'Nothing was restored.')
  if (verifiedRecord(keys.backups, MANIFEST_NAME, text) !== undefined) return manifest
  throw new OperatorError(
    'The manifest of the backup was edited, or the backup is of a site with another master secret.',
    'Nothing was restored. Set POSTERN_SECRET (or the file "secret" in POSTERN_DATA) to the one of the site that was backed up: without it, none of its sessions and keys would be valid.',
  )
}

function decryptionOf(keyFile: string | undefined) {
  if (keyFile !== undefined) return decryptWith(keyFile)
  throw new OperatorError(
    'The backup is encrypted.',
    'Nothing was restored. Name the file with its secret key: --key-file FILE',
  )
}
