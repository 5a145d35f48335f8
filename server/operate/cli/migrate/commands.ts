import { Command } from 'commander'
import type { KnownMigration, SchemaState } from '../../../core/schema/compare.js'
import { kindOf } from '../../../core/schema/declaration.js'
import { locksOf, WAITS_FOR } from '../../../core/schema/locks.js'
import { migrate, readSchemaState } from '../../../storage/postgres/migrate.js'
import { OUR_MIGRATIONS } from '../../../storage/postgres/migration/files.js'
import { faultError } from '../../../storage/postgres/migration/history.js'
import { estimateRows } from '../../../storage/postgres/migration/table-rows.js'
import { withDatabase } from '../../lifecycle/with-database.js'
import type { Shell } from '../shell.js'
import { fromGafaelfawrCommand } from './gafaelfawr/from-gafaelfawr.js'
import { toGafaelfawrCommand } from './gafaelfawr/to-gafaelfawr.js'
import { fromHashesCommand } from './hashes/from-hashes.js'

/** `postern migrate status|plan|run`: the migrations of the database. */
export function migrateCommands(shell: Shell, directory = OUR_MIGRATIONS): Command {
  const migration = new Command('migrate').description('Bring the database to the schema of this version.')

  migration
    .command('status')
    .description('List the migrations. The exit code is 1 where one is missing, or this version cannot serve.')
    .action(() =>
      withDatabase(shell.settings(), async (databaseUrl) => {
        const state = await readSchemaState(databaseUrl, directory)
        shell.printTable([['MIGRATION', 'STATE', 'KIND', 'DOES'], ...rowsOf(state)])
        reportFault(shell, state)
        if (state.missing.length > 0) shell.fail(`${count(state.missing.length)} missing: postern migrate run`)
        else if (!state.fault) shell.print('The database has every migration of this version.')
      }),
    )

  migration
    .command('plan')
    .description('Print what `run` would do, and what waits meanwhile. Changes nothing.')
    .option('--sql', 'the statements, too')
    .action(({ sql }: { readonly sql?: true }) =>
      withDatabase(shell.settings(), async (databaseUrl) => {
        const state = await readSchemaState(databaseUrl, directory)
        if (reportFault(shell, state)) return
        const tables = state.missing.flatMap((each) => [...locksOf(each.sql).keys()])
        const rows = await estimateRows(databaseUrl, tables)
        for (const each of state.missing) {
          for (const line of planOf(each, rows)) shell.print(line)
          if (sql) shell.print(`\n${each.sql.trimEnd()}\n`)
        }
        shell.print(`${count(state.missing.length)} to apply.`)
      }),
    )

  migration
    .command('run')
    .description('Apply the missing migrations. Each is applied as a whole or not at all.')
    .action(() =>
      withDatabase(shell.settings(), async (databaseUrl) => {
        const done = await migrate(databaseUrl, directory, ({ name }) => shell.print(`Applied ${name}`))
        shell.print(`${count(done.length)} applied.`)
      }),
    )

  return migration
    .addCommand(fromGafaelfawrCommand(shell))
    .addCommand(fromHashesCommand(shell))
    .addCommand(toGafaelfawrCommand(shell))
}

function rowsOf({ known, missing, unknown }: SchemaState & { readonly known: readonly KnownMigration[] }): string[][] {
  const lacking = new Set(missing.map(({ name }) => name))
  const all = [
    ...known.map((each) => ({ ...each, state: lacking.has(each.name) ? 'missing' : 'applied' })),
    ...unknown.map((each) => ({ ...each, state: 'unknown' })),
  ]
  return all.map(({ name, state, declaration }) => [
    name,
    state,
    kindOf(declaration),
    declaration?.summary ?? 'Not declared.',
  ])
}

function planOf({ name, sql, declaration }: KnownMigration, rows: ReadonlyMap<string, number>): string[] {
  return [
    `${name} (${kindOf(declaration)})`,
    `  ${declaration?.summary ?? 'Not declared: older versions cannot serve after it.'}`,
    // A table that is not there yet is one of an earlier migration of the plan, and empty.
    ...[...locksOf(sql)].flatMap(([table, lock]) => {
      const estimate = rows.get(table)?.toLocaleString('en-US')
      return estimate === undefined ? [] : [`  locks ${table}, of about ${estimate} rows: ${lock}, ${WAITS_FOR[lock]}`]
    }),
  ]
}

function reportFault(shell: Shell, { fault }: SchemaState): boolean {
  if (!fault) return false
  const { message, remedy } = faultError(fault)
  shell.fail(`postern: ${message}`, remedy)
  return true
}

function count(migrations: number): string {
  return migrations === 1 ? '1 migration' : `${migrations} migrations`
}
