import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Command, InvalidArgumentError } from 'commander'
import { type FernetKey, parseFernetKey } from '../../../../core/gafaelfawr/fernet.js'
import type { MigrationReport } from '../../../../core/gafaelfawr/report.js'
import { OperatorError } from '../../../../core/operator-error.js'
import { OPERATOR_ACTOR } from '../../../../core/token/history.js'
import { Secret } from '../../../../core/token/secret.js'
import type { GafaelfawrSettings } from '../../../../settings/moving/gafaelfawr.js'
import type { Context } from '../../../../storage/context.js'
import { DatabaseSource } from '../../../../storage/gafaelfawr/database-source.js'
import { ValueSource } from '../../../../storage/gafaelfawr/value-source.js'
import { isUnavailable } from '../../../../storage/unavailable.js'
import { Migration } from '../../../../tokens/gafaelfawr/migration/migration.js'
import { waitForShutdown } from '../../../lifecycle/shutdown-signal.js'
import type { Shell } from '../../shell.js'
import { importClientsAndQuotas } from './clients-and-quotas.js'
import { importNumbers, readNumbersFile } from './id-csv.js'
import { progressBar } from './progress-bar.js'

interface Options {
  readonly redis?: Secret
  readonly database?: Secret
  readonly sessionSecretFile?: string
  readonly dryRun?: true
  readonly history?: true
  readonly follow?: true
  readonly followGroups?: true
  readonly oidcClients?: string
  readonly idCsv?: string
}

/** Between the end of a round and the beginning of the next. */
const ROUND_PAUSE_MS = 1_000
/** V8 lets the garbage of hundreds of batches grow otherwise to as much again as the process takes. */
const SMALL_HEAP = '--heap-growing-percent=20'
/** Tokens that are named; with a wrong setting there may be as many as there are tokens. */
const MOST_NAMED = 1_000

/** `postern migrate from-gafaelfawr`: imports the tokens of the Gafaelfawr that the site had before. */
export function fromGafaelfawrCommand(shell: Shell): Command {
  const secret = (text: string) => new Secret(text)
  return new Command('from-gafaelfawr')
    .description("Import tokens of all types from Gafaelfawr's stores, which are only read. May be repeated.")
    .option('--redis <url>', "Gafaelfawr's persistent Redis; default: gafaelfawr.redisUrl of the settings", secret)
    .option('--database <url>', "Gafaelfawr's PostgreSQL; default: gafaelfawr.databaseUrl of the settings", secret)
    .option('--session-secret-file <file>', 'the file with its session-secret; default: gafaelfawr.sessionSecret')
    .option('--dry-run', 'compare and report; change nothing')
    .option('--history', 'import the history of its tokens, too')
    .option('--follow', 'repeat it until Ctrl-C or SIGTERM; changes and revocations there are made here, too')
    .option('--oidc-clients <file>', 'its secret oidc-server-secrets, of versions up to 15.4')
    .option('--id-csv <file>', 'UIDs and GIDs of its Firestore: CSV with the columns kind (user, group), name, id')
    .option('--follow-groups', 'let scopes follow the groups of their owners from now on, as those of tokens made here')
    .action((options: Options) => shell.run((context) => run(shell, context, options)))
}

async function run(shell: Shell, context: Context, options: Options): Promise<void> {
  setFlagsFromString(SMALL_HEAP)
  const { redis, databaseUrl, session } = sourcesOf(options, context.settings.gafaelfawr)
  const numbers = options.idCsv === undefined ? undefined : readNumbersFile(options.idCsv)
  const values = await ValueSource.open(redis)
  const database = new DatabaseSource(databaseUrl)
  try {
    const migration = new Migration(
      context,
      { values, database, session },
      {
        dryRun: options.dryRun ?? false,
        history: options.history ?? false,
        follow: options.follow ?? false,
        followGroups: options.followGroups ?? false,
        actor: { username: OPERATOR_ACTOR },
      },
    )
    if (numbers) await importNumbers(shell, context, numbers, options.dryRun ?? false)
    await firstRound(shell, migration)
    await importClientsAndQuotas(shell, context, { values, database }, options)
    if (options.dryRun) shell.print('Nothing was changed.')
    if (options.follow && !options.dryRun) await follow(shell, migration)
  } finally {
    values.close()
    await database.close()
  }
}

interface Sources {
  readonly redis: Secret
  readonly databaseUrl: Secret
  readonly session: FernetKey
}

/**
 * The settings have what no option names: other users of the machine read the passwords of a command's options.
 *
 * @throws {OperatorError} when neither names one of them
 */
function sourcesOf({ redis, database, sessionSecretFile }: Options, section: GafaelfawrSettings | undefined): Sources {
  const session =
    sessionSecretFile === undefined
      ? section && parseFernetKey(section.sessionSecret)
      : readSessionSecret(sessionSecretFile)
  const [redisUrl, databaseUrl] = [redis ?? section?.redisUrl, database ?? section?.databaseUrl]
  if (redisUrl && databaseUrl && session) return { redis: redisUrl, databaseUrl, session }
  throw new OperatorError(
    "Gafaelfawr's stores and its session secret are not all named.",
    'Give --redis, --database and --session-secret-file, or the section gafaelfawr of the settings.',
  )
}

/** @throws {OperatorError} which never quotes the file */
function readSessionSecret(file: string): FernetKey {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`--session-secret-file cannot be read: ${(error as Error).message}`)
  }
  const key = parseFernetKey(new Secret(text))
  if (key) return key
  throw new OperatorError(
    `${file} holds no session secret.`,
    "It is Gafaelfawr's session-secret: one line of 44 characters, base64 of 32 bytes.",
  )
}

async function firstRound(shell: Shell, migration: Migration): Promise<void> {
  try {
    const report = await migration.round((done, of) => shell.showProgress(progressBar(done, of)))
    shell.showProgress('')
    print(shell, report)
  } finally {
    shell.showProgress('')
  }
}

/**
 * Repeats rounds until the process is asked to stop; the last one begins after that. An outage of a store on either side is
 * waited out.
 */
async function follow(shell: Shell, migration: Migration): Promise<void> {
  const stopping = new AbortController()
  void waitForShutdown().reason.then(() => stopping.abort())
  shell.print('Following Gafaelfawr until Ctrl-C or SIGTERM.')
  let isAway = false
  for (let isLast = false; !isLast; ) {
    await pause(ROUND_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    isLast = stopping.signal.aborted
    try {
      const report = await migration.round()
      if (isAway) shell.print('The stores answer again.')
      isAway = false
      if (report.hasNews) print(shell, report)
    } catch (error) {
      if (!(error instanceof OperatorError) && !isUnavailable(error)) throw error
      if (!isAway) shell.warn(error instanceof OperatorError ? error.message : 'A store of this site does not answer.')
      isAway = true
    }
  }
  if (isAway) shell.fail('postern: The stores did not answer at the end. Run the command again before the switch.')
  shell.print('Stopped.')
}

function print(shell: Shell, report: MigrationReport): void {
  shell.printTable(report.rows())
  if (report.history > 0) shell.print(`${report.history} entries of the history.`)
  if (report.revoked > 0) shell.print(`${report.revoked} tokens were revoked at Gafaelfawr, and are here now.`)
  if (report.missing > 0) {
    shell.print(`${report.missing} tokens are valid here that Gafaelfawr's Redis has no more. None was revoked there.`)
  }
  const refusals = report.refusals()
  const named = refusals.slice(0, MOST_NAMED)
  const lines = refusals.length > MOST_NAMED ? [...named, `and ${refusals.length - MOST_NAMED} more`] : named
  if (report.hasUnread) shell.fail(...lines)
  else shell.warn(...lines)
}
