import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { version } from '../../../api/version.js'
import { filesOf } from '../../../core/backup/manifest.js'
import { OPERATOR_ACTOR } from '../../../core/token/history.js'
import { encryptFor } from '../../../storage/backup/encryption.js'
import { sizeOf, writeBackup } from '../../../storage/backup/write-backup.js'
import { commit } from '../../../storage/unit-of-work.js'
import { SITE } from '../../../tokens/incident/lockdown.js'
import type { Shell } from '../shell.js'

interface BackupOptions {
  readonly keyFile?: string
}

/** `postern backup DIR`. */
export function backupCommand(shell: Shell): Command {
  return new Command('backup')
    .description(
      'Write a backup of the database and of the sessions in Redis into a new folder, while the site serves.',
    )
    .argument('<folder>', 'a folder that does not exist yet')
    .option('--key-file <file>', 'encrypt for the keys in this file, as age-keygen writes it or its public key alone')
    .action((directory: string, { keyFile }: BackupOptions) =>
      shell.run(async (context, databaseUrl) => {
        const encryption = keyFile === undefined ? undefined : await encryptFor(keyFile)
        const id = randomUUID()
        // Before the snapshot, so that the backup has its own event, and a log shows where it begins to be old.
        await commit(context, async ({ record }) =>
          record({
            action: 'backup.create',
            actor: { username: OPERATOR_ACTOR },
            object: SITE,
            after: { backup: id, encrypted: encryption !== undefined },
          }),
        )
        const manifest = await writeBackup(context, {
          directory,
          databaseUrl: databaseUrl.reveal(),
          product: version(),
          id,
          ...(encryption && { encryption }),
        })
        const rows = manifest.tables.reduce((sum, { file }) => sum + file.rows, 0)
        shell.print(`Backup ${id} of ${manifest.taken} is in ${directory}.`)
        shell.print(
          `Tables: ${manifest.tables.length}, rows: ${rows}, records of Redis: ${manifest.redis.rows}, files: ${filesOf(manifest).length}, bytes: ${sizeOf(manifest)}${encryption ? ', encrypted' : ''}.`,
        )
        shell.print('Keep the master secret (POSTERN_SECRET) and the configuration beside it: they are not in it.')
      }),
    )
}
