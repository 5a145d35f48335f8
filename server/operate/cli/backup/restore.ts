import { Command } from 'commander'
import { sentencesOf } from '../../../core/backup/came-back.js'
import { parseInstant } from '../../../core/parse-instant.js'
import { systemClock } from '../../../core/time.js'
import { Secret } from '../../../core/token/secret.js'
import { startEmbedded } from '../../../embedded/start.js'
import { deriveKeys } from '../../../settings/keys.js'
import type { Settings } from '../../../settings/schema.js'
import { checkBackup } from '../../../storage/backup/read-backup.js'
import { restoreBackup } from '../../../storage/backup/restore-backup.js'
import { connectRedis } from '../../lifecycle/connect-redis.js'
import { existingSecrets } from '../../lifecycle/master-secrets.js'
import type { Shell } from '../shell.js'
import { confirm, confirmCommand, LOGS } from './confirm.js'

interface RestoreOptions {
  readonly keyFile?: string
  readonly revocations?: readonly string[]
}

/** `postern restore DIR`, `postern restore confirm`. */
export function restoreCommand(shell: Shell): Command {
  return new Command('restore')
    .description('Restore a backup into an empty site, of this version of Postern or an earlier one.')
    .argument('<folder>', 'the folder of the backup')
    .option('--key-file <file>', 'the secret key of an encrypted backup, as age-keygen writes it')
    .option('--revocations <files...>', `take away again what was taken away since the backup: ${LOGS}`)
    .action(async (folder: string, { keyFile, revocations }: RestoreOptions) => {
      const settings = shell.settings()
      const keys = deriveKeys(existingSecrets(settings))
      const backup = await checkBackup(folder, { keys, keyFile })
      const now = systemClock()
      await withEmptyStores(settings, (stores) => restoreBackup(backup, { ...stores, now }))
      const { id, product } = backup.manifest
      const taken = parseInstant(backup.manifest.taken) ?? now
      shell.print(`Backup ${id}, written by Postern ${product}, is restored.`)
      for (const sentence of sentencesOf([{ backup: id, taken }])) shell.print(sentence)
      if (revocations) await shell.run((context) => confirm(shell, context, { revocations }))
    })
    .addCommand(confirmCommand(shell))
}

/** Opens the stores without a migration: an empty database stays empty until the schema of the backup is made. */
async function withEmptyStores(
  settings: Settings,
  work: (stores: {
    readonly databaseUrl: string
    readonly redis: Awaited<ReturnType<typeof connectRedis>>
  }) => Promise<void>,
): Promise<void> {
  const embedded = await startEmbedded({
    dataDir: settings.data,
    postgres: !settings.databaseUrl,
    redis: !settings.redisUrl,
    // A running server holds the same lock.
    role: 'server',
  })
  try {
    const redis = await connectRedis(settings.redisUrl ?? new Secret(embedded.redisUrl ?? ''), () => undefined)
    const databaseUrl = (settings.databaseUrl ?? new Secret(embedded.databaseUrl ?? '')).reveal()
    await work({ databaseUrl, redis }).finally(() => redis.disconnect())
  } finally {
    await embedded.stop()
  }
}
