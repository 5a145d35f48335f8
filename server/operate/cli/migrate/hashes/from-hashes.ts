import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { Command, InvalidArgumentError, Option } from 'commander'
import { OperatorError } from '../../../../core/operator-error.js'
import { distinctName } from '../../../../core/token/foreign/distinct-name.js'
import { FOREIGN_ALGORITHMS, type ForeignAlgorithm } from '../../../../core/token/foreign/foreign-token.js'
import { HAS_EXPIRED, type ReadHash, readHashRow } from '../../../../core/token/foreign/hash-row.js'
import { isScope, type Scope } from '../../../../core/token/scope.js'
import type { TokenKey } from '../../../../core/token/token.js'
import type { Context } from '../../../../storage/context.js'
import { importedBefore } from '../../../../storage/postgres/imports/imported-before.js'
import { importHashes } from '../../../../tokens/imported/import-hashes.js'
import type { Shell } from '../../shell.js'
import { readHashesFile, UnreadableFile } from './hashes-file.js'

interface Options {
  readonly algorithm?: ForeignAlgorithm
  readonly scopes: readonly Scope[]
  readonly followGroups?: true
  readonly dryRun?: true
}

/** What became of the rows of a file. */
interface Report {
  read: number
  imported: number
  known: number
  expired: number
  readonly refused: string[]
}

const TOKENS_PER_BATCH = 500
/** A longer list of refused rows is cut, with a notice. */
const MAX_REFUSED_SHOWN = 100

/** `postern migrate from-hashes`: tokens that another system issued, of which there are hashes alone. */
export function fromHashesCommand(shell: Shell): Command {
  return new Command('from-hashes')
    .description('Import tokens of another system, such as MAST or JupyterHub, from a table of their hashes.')
    .argument('<file>', 'CSV whose first line names the columns, or JSON lines; - for standard input')
    .addOption(
      new Option('--algorithm <name>', 'how the tokens were hashed, where the rows do not say').choices(
        FOREIGN_ALGORITHMS,
      ),
    )
    .option('--scopes <list>', 'the scopes of rows without any, with commas between', scopeList, [])
    .option('--follow-groups', 'let tokens lose a scope when their owner leaves the group that gives it')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addHelpText(
      'after',
      `
The columns are hash and username, and any of algorithm, prefix, type, name, scopes, created, expires.
  algorithm  sha256: hash is the SHA-256 of the whole token, in 64 hexadecimal digits
             jupyterhub: hash and prefix are JupyterHub's columns hashed and prefix
  type       user, or service for a user whose name begins with bot-
  scopes     read:tap user:token
  expires    2027-01-01T00:00:00Z, or seconds since 1970, or empty: never

A token is imported once. Run the command again as often as you like: what was revoked or edited here stays so.`,
    )
    .action((file: string, options: Options) =>
      shell.run(async (context) => {
        const { rows, report } = await readRows(context, await openFile(shell, file), options)
        await (options.dryRun ? countRows(context, rows, report) : importRows(context, rows, report))
        print(shell, report, options.dryRun === true)
        warnOfSetting(shell, context, rows)
      }),
    )
}

/** Reads the whole file before the first token is imported: of one that breaks off, none is. */
async function readRows({ settings, clock }: Context, file: Readable, options: Options) {
  const { knownScopes: known } = settings
  const { algorithm, scopes, followGroups } = options
  for (const scope of scopes)
    if (!known.has(scope)) throw new InvalidArgumentError(`knownScopes has no scope ${scope}.`)
  const rules = { ...(algorithm && { algorithm }), scopes, known, now: clock(), granted: !followGroups }
  const report: Report = { read: 0, imported: 0, known: 0, expired: 0, refused: [] }
  const rows = new Map<TokenKey, ReadHash & { readonly line: number }>()
  const names = new Set<string>()
  try {
    for await (const { line, row } of readHashesFile(file)) {
      report.read++
      const token = readHashRow(row, rules)
      const before = typeof token === 'string' ? undefined : rows.get(token.record.key)
      if (token === HAS_EXPIRED) report.expired++
      else if (typeof token === 'string') report.refused.push(`line ${line}: ${token}`)
      else if (before) report.refused.push(`line ${line}: it has the hash of line ${before.line}`)
      else rows.set(token.record.key, { ...distinctName(token, names), line })
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw new OperatorError(
      `Line ${error.line} of the file: ${error.message}.`,
      'Nothing was imported. Correct the file and try again.',
    )
  }
  return { rows: [...rows.values()], report }
}

async function openFile(shell: Shell, file: string): Promise<Readable> {
  if (file === '-') return shell.input()
  const opened = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(`${file} cannot be read (${error.code}).`, 'Nothing was imported.')
  })
  return opened.createReadStream()
}

async function importRows(context: Context, rows: readonly ReadHash[], report: Report): Promise<void> {
  for (let from = 0; from < rows.length; from += TOKENS_PER_BATCH) {
    const outcomes = await importHashes(context, rows.slice(from, from + TOKENS_PER_BATCH))
    for (const outcome of outcomes.values()) report[outcome === 'imported' ? 'imported' : 'known']++
  }
}

async function countRows({ postgres }: Context, rows: readonly ReadHash[], report: Report): Promise<void> {
  for (let from = 0; from < rows.length; from += TOKENS_PER_BATCH) {
    const keys = rows.slice(from, from + TOKENS_PER_BATCH).map(({ record }) => record.key)
    const before = await importedBefore(postgres, keys)
    report.known += before.size
    report.imported += keys.length - before.size
  }
}

function print(shell: Shell, { read, imported, known, expired, refused }: Report, isDry: boolean): void {
  shell.printTable([
    ['READ', isDry ? 'WOULD BE IMPORTED' : 'IMPORTED', 'ALREADY THERE', 'EXPIRED', 'REFUSED'],
    [read, imported, known, expired, refused.length].map(String),
  ])
  if (refused.length === 0) return
  shell.fail(...refused.slice(0, MAX_REFUSED_SHOWN))
  if (refused.length > MAX_REFUSED_SHOWN) shell.fail(`and ${refused.length - MAX_REFUSED_SHOWN} more`)
  shell.fail('postern: These rows were not imported. Correct them and run the command again.')
}

/** Imported tokens are of no use before the setting takes them. */
function warnOfSetting(shell: Shell, { settings }: Context, rows: readonly ReadHash[]): void {
  const used = new Set(rows.map(({ recipe }): ForeignAlgorithm => (recipe ? 'jupyterhub' : 'sha256')))
  for (const each of used) {
    if (!settings.foreignTokens.includes(each))
      shell.warn(`foreignTokens does not have ${each}: these tokens are taken once the setting has it.`)
  }
}

function scopeList(text: string): readonly Scope[] {
  const given = text.split(/[\s,]+/).filter((each) => each !== '')
  const scopes = given.filter(isScope)
  if (scopes.length < given.length) throw new InvalidArgumentError('Give scopes such as read:tap,user:token.')
  return scopes
}
