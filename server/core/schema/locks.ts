/** The strongest lock that a migration takes on a table, as PostgreSQL calls it. */
export type TableLock = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE' | 'ROW EXCLUSIVE'

/** Strongest last. */
const ORDER: readonly TableLock[] = ['ROW EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE']

/** What waits for a lock while a migration holds it. */
export const WAITS_FOR: Readonly<Record<TableLock, string>> = {
  'ACCESS EXCLUSIVE': 'reads and writes wait',
  'SHARE ROW EXCLUSIVE': 'writes wait',
  SHARE: 'writes wait',
  'ROW EXCLUSIVE': 'other writes of the same rows wait',
}

const TABLE = '(?:ONLY\\s+)?"?(?<table>\\w+)"?'

/** PostgreSQL's table of locks by statement. An action of ALTER TABLE that may take a weaker lock is not told apart. */
// biome-ignore format: a table reads in columns
const STATEMENTS: readonly (readonly [RegExp, TableLock])[] = [
  [new RegExp(`^ALTER TABLE (?:IF EXISTS )?${TABLE} ADD CONSTRAINT .* FOREIGN KEY`, 'i'), 'SHARE ROW EXCLUSIVE'],
  [new RegExp(`^ALTER TABLE (?:IF EXISTS )?${TABLE}`, 'i'),                               'ACCESS EXCLUSIVE'],
  [new RegExp(`^DROP TABLE (?:IF EXISTS )?${TABLE}`, 'i'),                                'ACCESS EXCLUSIVE'],
  [new RegExp(`^TRUNCATE (?:TABLE )?${TABLE}`, 'i'),                                      'ACCESS EXCLUSIVE'],
  [new RegExp(`^CREATE (?:UNIQUE )?INDEX .*?\\bON ${TABLE}`, 'i'),                         'SHARE'],
  [new RegExp(`^(?:INSERT INTO|DELETE FROM|UPDATE) ${TABLE}`, 'i'),                       'ROW EXCLUSIVE'],
]

const REFERENCED = new RegExp(`REFERENCES ${TABLE}`, 'gi')

/** Lists the tables that a migration locks, among those that were there before it. Reads take no lock that matters. */
export function locksOf(sql: string): ReadonlyMap<string, TableLock> {
  const locks = new Map<string, TableLock>()
  const made = new Set<string>()
  for (const statement of statementsOf(sql)) {
    const created = /^CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?/i.exec(statement)?.[1]
    if (created !== undefined) made.add(created)
    const [pattern, lock] = STATEMENTS.find(([each]) => each.test(statement)) ?? []
    const table = pattern?.exec(statement)?.groups?.table
    if (table !== undefined && lock !== undefined) strengthen(locks, table, lock)
    for (const { groups } of statement.matchAll(REFERENCED))
      strengthen(locks, groups?.table ?? '', 'SHARE ROW EXCLUSIVE')
  }
  return new Map([...locks].filter(([table]) => !made.has(table)))
}

function strengthen(locks: Map<string, TableLock>, table: string, lock: TableLock): void {
  const held = locks.get(table)
  if (held === undefined || ORDER.indexOf(lock) > ORDER.indexOf(held)) locks.set(table, lock)
}

/** Splits at semicolons, without comments. Our migrations have no semicolon in a text. */
function statementsOf(sql: string): string[] {
  return sql
    .replace(/--.*$/gm, '')
    .split(';')
    .map((each) => each.trim().replace(/\s+/g, ' '))
}
